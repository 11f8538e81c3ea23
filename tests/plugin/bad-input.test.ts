import { type ServiceError, status } from "@grpc/grpc-js";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import fc from "fast-check";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import { archive, asset, byteString, output, reference, secret, sentinels, signed, struct } from "../../tools/wire";
import { FakeClock } from "../fake-clock";
import { closeDoors, type Door, openDoor } from "./door";

/** What a program in any language can put in any place, and what no program can. */
const accountId = "0123456789abcdef0123456789abcdef";
const urnOf = (type: string) => `urn:pulumi:dev::app::cloudflare-kv:index:${type}::it`;

let emulator: Emulator;
let door: Door;
let namespaceId: string;

beforeAll(async () => {
  emulator = await startEmulator();
  const clock = new FakeClock((nowMs) => emulator.setClock({ nowMs }));
  door = await openDoor(() => createCore(clock), { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" });
  const args = struct({ baseUrl: emulator.url, apiToken: "t", accountId, requestsPerFiveMinutes: 100_000 });
  await door.configure(new ConfigureRequest().setArgs(args));
  const properties = struct({ accountId, title: "data" });
  const created = await door.create(new CreateRequest().setUrn(urnOf("Namespace")).setProperties(properties));
  [, namespaceId = ""] = created.getId().split("/");
});

afterAll(async () => {
  await closeDoors();
  await emulator.close();
});

beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => jest.restoreAllMocks());

type Bag = Record<string, unknown>;

const resources: Record<string, () => { id: string; inputs: Bag; outs: Bag }> = {
  Namespace: () => ({
    id: `${accountId}/${namespaceId}`,
    inputs: { accountId, title: "t", jurisdiction: "eu", adopt: true, forceDestroy: true, __defaults: ["title"] },
    outs: { namespaceId, supportsUrlEncoding: true, writtenAt: 1 },
  }),
  KeyValue: () => ({
    id: `${accountId}/${namespaceId}/k`,
    inputs: { accountId, namespaceId, key: "k", value: "v", metadata: { a: 1 }, expirationTtl: 60 },
    outs: { expiresAt: 9, valueSha256: "h", writtenAt: 1 },
  }),
  KeyValueSet: () => ({
    id: `${accountId}/${namespaceId}/p/*`,
    inputs: {
      ...{ accountId, namespaceId, keyPrefix: "p/", values: { a: "1" }, metadata: [1], expiration: 2_000_000_000 },
      entries: [{ key: "b", value: "2", metadata: { b: [1] }, expirationTtl: 60 }],
      ...{ source: asset({ hash: "h", text: "[]" }), prune: "removed", maxDeletes: 5, driftDetection: "keys" },
    },
    outs: { count: 1, bytes: 1, sha256: "h", sourceHash: "h", manifest: "", writtenAt: 1 },
  }),
};

const functions: Record<string, () => Bag> = {
  getNamespace: () => ({ accountId, title: "data", namespaceId }),
  getNamespaces: () => ({ accountId }),
  getKeyValue: () => ({ accountId, namespaceId, key: "k" }),
  getKeys: () => ({ accountId, namespaceId, prefix: "p", limit: 5 }),
};

const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    Number.NaN,
    Infinity,
    -Infinity,
    "",
    "\0",
    "../..",
    "%",
    "a/b",
  ),
  fc.constantFrom<unknown>([], {}, [[]], { "": "" }, { constructor: 1, toString: 2, hasOwnProperty: 3 }, deep(40)),
  fc.constantFrom<unknown>(...Object.values(sentinels), secret("s"), secret(secret(1)), secret(sentinels.string)),
  fc.constantFrom<unknown>(asset({}), asset({ text: 1 }), asset({ path: "/nowhere", hash: "h" }), asset({ uri: "x:" })),
  fc.constantFrom<unknown>(archive({}), archive({ assets: 1 }), archive({ assets: { a: 1 } }), archive({ path: 7 })),
  fc.constantFrom<unknown>(
    output({}),
    output({ value: 1, secret: 2 }),
    reference({ urn: "u" }),
    reference({ urn: 1, id: 2 }),
  ),
  fc.constantFrom<unknown>(byteString("AA=="), signed("x", {}), signed(1, {}), signed("", { value: 1 })),
  fc.string({ unit: "binary" }),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto"))),
);

/** A bag with something nasty in some place, at any depth, or with a stranger. */
function spoiled(bag: Bag, choices: readonly number[], value: unknown): Bag {
  const [choice = 0, ...rest] = choices;
  const names = [...Object.keys(bag), "stranger"];
  const name = names[choice % names.length] ?? "";
  const inner = bag[name];
  const goesDeeper = typeof inner === "object" && inner !== null && rest.length > 0 && (rest[0] ?? 0) % 3 > 0;
  return Object.assign(Array.isArray(bag) ? [...bag] : { ...bag }, {
    [name]: goesDeeper ? spoiled(inner as Bag, rest, value) : value,
  }) as Bag;
}

const choices = fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 4 });

/** By which the engine would think that something broke, or users would read the words of a parser. */
const defects = [status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS, status.UNIMPLEMENTED];
const jargon =
  /cannot (read|set|convert|destructure|mix)|is not (a function|iterable|defined)|undefined|\[object|zod|unexpected (token|end)|at .*\.js:\d|invalid time value/i;

async function mustBeAnswered(answer: Promise<unknown>): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (reason: ServiceError) => reason,
  );
  if (!error) return;
  expect([status[error.code], error.details]).not.toEqual([
    expect.stringMatching(/^(INTERNAL|UNAVAILABLE|DATA_LOSS)$/),
    expect.anything(),
  ]);
  expect(error.details).not.toMatch(jargon);
  expect(error.details.length).toBeGreaterThan(10);
  expect(defects).not.toContain(error.code);
}

/** The requests of a resource, each with one bag that was spoiled. */
const requests: Record<string, (type: string, spoil: (bag: Bag) => Bag) => Promise<unknown>> = {
  async "Check's news"(type, spoil) {
    const { inputs } = life(type);
    const request = new CheckRequest()
      .setUrn(urnOf(type))
      .setOlds(struct({}))
      .setNews(struct(spoil(inputs)));
    const response = await door.check(request);
    for (const failure of response.getFailuresList()) expect(failure.getReason()).not.toMatch(jargon);
  },
  "Check's olds"(type, spoil) {
    const { inputs } = life(type);
    return door.check(
      new CheckRequest()
        .setUrn(urnOf(type))
        .setOlds(struct(spoil(inputs)))
        .setNews(struct(inputs)),
    );
  },
  "Diff's news"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const request = new DiffRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setOlds(struct({ ...inputs, ...outs }));
    return door.diff(request.setNews(struct(spoil(inputs))));
  },
  "Diff's olds"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const request = new DiffRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setOlds(struct(spoil({ ...inputs, ...outs })));
    return door.diff(request.setNews(struct(inputs)));
  },
  "Create's properties"(type, spoil) {
    return door.create(new CreateRequest().setUrn(urnOf(type)).setProperties(struct(spoil(life(type).inputs))));
  },
  "Create's properties in a preview"(type, spoil) {
    const properties = struct(spoil(life(type).inputs));
    return door.create(new CreateRequest().setUrn(urnOf(type)).setPreview(true).setProperties(properties));
  },
  "Update's news"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const request = new UpdateRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setOlds(struct({ ...inputs, ...outs }));
    return door.update(request.setNews(struct(spoil(inputs))));
  },
  "Update's olds"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const request = new UpdateRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setOlds(struct(spoil({ ...inputs, ...outs })));
    return door.update(request.setNews(struct(inputs)));
  },
  "Read's properties"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const request = new ReadRequest().setUrn(urnOf(type)).setId(id).setInputs(struct(inputs));
    return door.read(request.setProperties(struct(spoil({ ...inputs, ...outs }))));
  },
  "Delete's properties"(type, spoil) {
    const { id, inputs, outs } = life(type);
    const other = id.replace(namespaceId, "f".repeat(32));
    const request = new DeleteRequest().setUrn(urnOf(type)).setId(other);
    return door.delete(request.setProperties(struct(spoil({ ...inputs, ...outs }))));
  },
};

function life(type: string): { id: string; inputs: Bag; outs: Bag } {
  return resources[type]?.() ?? { id: "", inputs: {}, outs: {} };
}

const places = Object.keys(requests).flatMap((place) => Object.keys(resources).map((type) => [place, type] as const));

test.each(places)("anything in %s of a %s is answered by a sentence, if not taken", async (place, type) => {
  await fc.assert(
    fc.asyncProperty(choices, nasty, (path, value) =>
      mustBeAnswered(requests[place]?.(type, (bag) => spoiled(bag, path, value)) ?? Promise.reject()),
    ),
    { numRuns: 60 },
  );
});

test.each(Object.keys(functions))(
  "anything in the arguments of %s is answered by a sentence, if not taken",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(choices, nasty, (path, value) => {
        const args = struct(spoiled(functions[name]?.() ?? {}, path, value));
        return mustBeAnswered(door.invoke(new InvokeRequest().setTok(`cloudflare-kv:index:${name}`).setArgs(args)));
      }),
      { numRuns: 60 },
    );
  },
);

test.each(Object.keys(resources))(
  "anything for the id of a %s is answered by a sentence, if not taken",
  async (type) => {
    const ids = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ unit: "binary", minLength: 1 }),
      fc.constantFrom("//", "a/b/c", "*"),
    );
    await fc.assert(
      fc.asyncProperty(ids, (id) => mustBeAnswered(door.read(new ReadRequest().setUrn(urnOf(type)).setId(id)))),
      { numRuns: 60 },
    );
  },
);

const config = () => ({ accountId, apiToken: "t", baseUrl: emulator.url, maxConcurrency: 8, requestTimeout: "60" });

test("anything in the provider's arguments is answered by a sentence, if not taken", async () => {
  const other = await openDoor(createCore, {});
  await fc.assert(
    fc.asyncProperty(choices, nasty, async (path, value) => {
      const args = struct(spoiled(config(), path, value));
      await mustBeAnswered(other.checkConfig(new CheckRequest().setNews(args)));
      await mustBeAnswered(other.diffConfig(new DiffRequest().setOldInputs(struct(config())).setNews(args)));
      await mustBeAnswered(other.configure(new ConfigureRequest().setArgs(args)));
    }),
    { numRuns: 100 },
  );
});
