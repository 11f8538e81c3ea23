import { envelopeOf, member, outcomeOf } from "../answer";
import { asking, type Probe } from "../probe";
import type { Places } from "../stage";

interface Item {
  readonly key?: unknown;
  readonly [member: string]: unknown;
}

/** Writes, reads and deletes of many keys. */
export const bulkProbes: readonly Probe[] = [
  counting("bulkAnswer", "A bulk is answered with the number of keys, and the names of those that failed.", [
    { key: "bulk/a", value: "v" },
    { key: "bulk/b", value: "v" },
  ]),
  counting("bulkEmpty", "An empty bulk succeeds.", []),
  counting("duplicateKeys.same", "An entry that stands there twice is one.", [
    { key: "twice", value: "v" },
    { key: "twice", value: "v" },
  ]),
  counting("duplicateKeys", "Two entries of one key that differ refuse the bulk.", [
    { key: "differ", value: "one" },
    { key: "differ", value: "two" },
  ]),
  counting("invalidBulkItem", "An item whose value is no text is malformed.", [{ key: "number", value: 1 }]),
  counting("invalidBulkItem.base64", "A value that is no base64, though it should be, is malformed.", [
    { key: "base64", value: "!", base64: true },
  ]),
  counting("invalidBulkItem.noKey", "An item without a key is malformed.", [{ value: "v" }]),
  counting("bulkTtl", "A time to live that is too short has its own code in a bulk, too.", [
    { key: "short", value: "v", expiration_ttl: 1 },
  ]),
  counting("invalidExpiration.bulk", "An expiration with a fraction has its own code in a bulk, too.", [
    { key: "fraction", value: "v", expiration: 2_000_000_000.5 },
  ]),
  counting("metadataTooLarge.bulk", "Metadata that is too large has its own code in a bulk, too.", [
    { key: "metadata", value: "v", metadata: "m".repeat(1023) },
  ]),
  asking("bulkNoArray", "A bulk that is an object is malformed.", ({ main }) => ({
    method: "PUT",
    path: `/${main}/bulk`,
    body: JSON.stringify({ keys: [] }),
  })),
  {
    name: "bulkPreflight",
    assumption: "One invalid item refuses the bulk, and nothing of it is written.",
    cost: { requests: 2, writes: 2 },
    async run(stage) {
      const items = [
        { key: "preflight/good", value: "v" },
        { key: "preflight/bad", value: "v", expiration_ttl: 1 },
      ];
      const refused = await stage.outcome(putting(stage, items));
      await stage.settle();
      return `${refused}, then ${await stage.outcome({ method: "GET", path: stage.value("preflight/good") })}`;
    },
  },
  {
    name: "base64",
    assumption: "A value in base64 is decoded.",
    cost: { requests: 2, writes: 1 },
    async run(stage) {
      await stage.call(putting(stage, [{ key: "decoded", value: "/wA=", base64: true }]));
      const { body } = await stage.read("decoded");
      return body.equals(Buffer.of(0xff, 0x00)) ? "decoded" : "not decoded";
    },
  },
  {
    name: "loneSurrogates",
    assumption: "Half of a surrogate pair becomes U+FFFD.",
    cost: { requests: 2, writes: 1 },
    async run(stage) {
      const reply = await stage.call(putting(stage, [{ key: "surrogate", value: "\ud800" }]));
      if (reply.status !== 200) return outcomeOf(reply);
      const { body } = await stage.read("surrogate");
      return body.toString() === "\ufffd" ? "200, U+FFFD" : "200, something else";
    },
  },
  asking("bulkDelete", "A key that is not there is deleted with the others.", ({ main }) => ({
    method: "POST",
    path: `/${main}/bulk/delete`,
    body: JSON.stringify(["never there", "nor this"]),
  })),
  asking("bulkDelete.old", "The older form of a bulk delete, by method, does the same.", ({ main }) => ({
    method: "DELETE",
    path: `/${main}/bulk`,
    body: JSON.stringify(["never there either"]),
  })),
  asking("bulkDelete.objects", "Objects in place of names are refused.", ({ main }) => ({
    method: "POST",
    path: `/${main}/bulk/delete`,
    body: JSON.stringify([{ name: "a" }]),
  })),
  {
    name: "bulkGet",
    assumption: "A key that is not there is null in a bulk read.",
    cost: { requests: 1 },
    async run(stage) {
      const reply = await stage.call(getting(stage, { keys: ["missing in bulk"] }));
      const values = member(reply, "values") as Readonly<Record<string, unknown>> | undefined;
      return `${outcomeOf(reply)}, ${JSON.stringify(values?.["missing in bulk"]) ?? "left out"}`;
    },
  },
  {
    name: "bulkGet.metadata",
    assumption: "With metadata each has a value, metadata or null, and an expiration only if it expires.",
    cost: { requests: 3, writes: 1 },
    async run(stage) {
      await stage.call(putting(stage, [{ key: "with metadata", value: "v" }]));
      await stage.read("with metadata");
      const reply = await stage.call(getting(stage, { keys: ["with metadata"], withMetadata: true }));
      const values = member(reply, "values") as Readonly<Record<string, object>> | undefined;
      return `${outcomeOf(reply)}, ${Object.keys(values?.["with metadata"] ?? {})
        .sort()
        .join(", ")}`;
    },
  },
  {
    name: "bulkGet.bytes",
    assumption: "A value that is no text refuses the whole read.",
    cost: { requests: 3, writes: 1 },
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("no text"), body: Buffer.of(0xff) });
      await stage.read("no text");
      return stage.outcome(getting(stage, { keys: ["no text"] }));
    },
  },
  {
    name: "bulkGet.json",
    assumption: "A value that is no JSON refuses the whole read, where JSON is asked for.",
    cost: { requests: 3, writes: 1 },
    async run(stage) {
      await stage.call({ method: "PUT", path: stage.value("no json"), body: "{" });
      await stage.read("no json");
      return stage.outcome(getting(stage, { keys: ["no json"], type: "json" }));
    },
  },
  {
    name: "bodyTooLarge.bulkGet",
    assumption: "Values of more than 25 MiB together are too large for a bulk read.",
    cost: { requests: 5, writes: 2 },
    async run(stage) {
      const keys = ["half/1", "half/2"];
      for (const key of keys) {
        await stage.call({ method: "PUT", path: stage.value(key), body: Buffer.alloc(13_200_000, "v") });
        await stage.read(key);
      }
      return stage.outcome(getting(stage, { keys }));
    },
  },
  asking("bulkGet.none", "A bulk read of no key is refused.", (places) => getting(places, { keys: [] })),
  asking("bulkGet.many", "A bulk read of 101 keys is refused.", (places) =>
    getting(places, { keys: Array.from({ length: 101 }, (_, index) => `many ${index}`) }),
  ),
  asking("invalidRequest.type", "A bulk read of another type than text and json is an invalid request.", (places) =>
    getting(places, { keys: ["a"], type: "xml" }),
  ),
];

/** A probe of what a bulk is answered with. */
function counting(name: string, assumption: string, items: readonly Item[]): Probe {
  return {
    name,
    assumption,
    cost: { requests: 1, writes: items.length },
    async run(stage) {
      const reply = await stage.call(putting(stage, items));
      return reply.status === 200 ? `200, ${counts(envelopeOf(reply).result)}` : outcomeOf(reply);
    },
  };
}

function counts(result: unknown): string {
  const { successful_key_count: count, unsuccessful_keys: failed } = (result ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const failures = Array.isArray(failed) ? `${failed.length} failed` : "no list of those that failed";
  return `${count === undefined ? "no count" : `${count} written`}, ${failures}`;
}

function putting({ main }: Places, items: readonly Item[]) {
  return { method: "PUT", path: `/${main}/bulk`, body: JSON.stringify(items) };
}

function getting({ main }: Places, options: object) {
  return { method: "POST", path: `/${main}/bulk/get`, body: JSON.stringify(options) };
}
