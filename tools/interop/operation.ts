import fc from "fast-check";

/** One operation that both the REST API and a Worker's KV binding have. */
export type KvOperation =
  | { type: "put"; key: string; value: Uint8Array; metadata?: unknown; expiration?: number; expirationTtl?: number }
  | { type: "delete"; key: string }
  | { type: "get"; key: string }
  | { type: "getBulk"; keys: string[]; as: "text" | "json" }
  /** Reads up to three pages. */
  | { type: "list"; prefix?: string; limit?: number };

/** What can be seen of an operation: its result, or its refusal as `<status> <text>`. */
export type Outcome = { result: unknown } | { refusal: string };

/** Either implementation. */
export type Implementation = (operation: KvOperation) => Promise<Outcome>;

/** Keys are few, so that operations meet; among them are all sorts that an implementation may get wrong. */
const key = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom("a", "b", "ab", "a/b", "/a", "a b", "%41", "A", "é", "e\u0301", "\uffee", "😀"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("...", "a%2Fb", "?", "#", "a+b", "\ufeff", "\u0001", "é".repeat(256), "__proto__"),
  },
  { weight: 1, arbitrary: fc.constantFrom("", ".", "..", `${"é".repeat(256)}a`) },
);

const text = fc.oneof(
  fc.constantFrom("", "0", "null", "false", '{"a":[1]}', "[", "\ufefftext"),
  fc.string({ unit: "binary" }),
);
const value = fc.oneof(
  { weight: 5, arbitrary: text.map((content): Uint8Array => Buffer.from(content)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);

const metadata = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, "é".repeat(511), `${"é".repeat(511)}a`),
);

const seconds = () => Math.floor(Date.now() / 1000);
const expiry = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom(600, 60, 59, 1, 0, -1).map((expirationTtl) => ({ expirationTtl })) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 30, -1000).map((delta) => ({ expiration: seconds() + delta })) },
  { weight: 1, arbitrary: fc.constant({ expiration: seconds() + 1000, expirationTtl: 2000 }) },
);

const operation: fc.Arbitrary<KvOperation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(key, value, metadata, expiry).map(([name, content, meta, when]) => ({
      type: "put" as const,
      key: name,
      value: content,
      metadata: meta,
      ...when,
    })),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("get" as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("getBulk" as const),
      keys: fc.oneof({ weight: 9, arbitrary: fc.array(key, { maxLength: 4 }) }, fc.constant(Array(101).fill("a"))),
      as: fc.constantFrom("text" as const, "json" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        type: fc.constant("list" as const),
        prefix: fc.constantFrom("", "a", "a/", "é", "x"),
        limit: fc.constantFrom(10, 11, 1000, 1001, 9, 1),
      },
      { requiredKeys: ["type"] },
    ),
  },
);

/** The same operations for the same seed. */
export function randomOperations(count: number, seed: number): KvOperation[] {
  return fc.sample(operation, { numRuns: count, seed });
}
