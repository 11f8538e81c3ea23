import { type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import fc from "fast-check";
import { deepStruct, field, struct } from "../../tools/wire";
import { closeDoors, coreWith, type Door, failure, openDoor, token, urn } from "./door";

let door: Door;

beforeEach(async () => {
  jest.spyOn(console, "error").mockImplementation(() => {});
  door = await openDoor(coreWith({}));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await closeDoors();
});

const noUrn = 'Invalid URN "": expected urn:pulumi:<stack>::<project>::<type>::<name>';

test.each<[string, () => Promise<unknown>, string]>([
  [
    "Check without news",
    () => door.check(new CheckRequest().setUrn(urn)),
    "Malformed Check request: expected news, received none",
  ],
  ["Check without a URN", () => door.check(new CheckRequest().setNews(struct({}))), noUrn],
  [
    "Diff without an id",
    () => door.diff(new DiffRequest().setUrn(urn)),
    "Malformed Diff request: expected id, received none",
  ],
  [
    "Diff without news",
    () => door.diff(new DiffRequest().setUrn(urn).setId("i")),
    "Malformed Diff request: expected news, received none",
  ],
  ["Diff without a URN", () => door.diff(new DiffRequest().setId("i").setNews(struct({}))), noUrn],
  [
    "Create without properties",
    () => door.create(new CreateRequest().setUrn(urn)),
    "Malformed Create request: expected properties, received none",
  ],
  ["Create without a URN", () => door.create(new CreateRequest().setProperties(struct({}))), noUrn],
  [
    "Read without an id",
    () => door.read(new ReadRequest().setUrn(urn)),
    "Malformed Read request: expected id, received none",
  ],
  ["Read without a URN", () => door.read(new ReadRequest().setId("i")), noUrn],
  [
    "Update without an id",
    () => door.update(new UpdateRequest().setUrn(urn)),
    "Malformed Update request: expected id, received none",
  ],
  [
    "Update without news",
    () => door.update(new UpdateRequest().setUrn(urn).setId("i")),
    "Malformed Update request: expected news, received none",
  ],
  ["Update without a URN", () => door.update(new UpdateRequest().setId("i").setNews(struct({}))), noUrn],
  [
    "Delete without an id",
    () => door.delete(new DeleteRequest().setUrn(urn)),
    "Malformed Delete request: expected id, received none",
  ],
  ["Delete without a URN", () => door.delete(new DeleteRequest().setId("i")), noUrn],
  [
    "Invoke without a token",
    () => door.invoke(new InvokeRequest().setArgs(struct({}))),
    "Malformed Invoke request: expected tok, received none",
  ],
])("%s is an invalid argument, in a sentence", async (_, call, sentence) => {
  const error = await failure(call());
  expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, sentence]);
});

test.each([
  ["key"],
  ["urn:pulumi:dev"],
  ["urn:pulumi:dev::app"],
  [`urn:pulumi:dev::app::${token}`],
  ["urn:pulumi:dev::app::::key"],
  [`urn:other:dev::app::${token}::key`],
])("the URN %p is refused, and quoted", async (malformed) => {
  const error = await failure(door.read(new ReadRequest().setUrn(malformed).setId("i")));
  expect(error.code).toBe(status.INVALID_ARGUMENT);
  expect(error.details).toBe(
    `Invalid URN ${JSON.stringify(malformed)}: expected urn:pulumi:<stack>::<project>::<type>::<name>`,
  );
});

test("a name that looks like a separator is a name", async () => {
  const open = await openDoor(coreWith({ delete: async () => {} }));
  await open.delete(new DeleteRequest().setUrn(`urn:pulumi:dev::app::${token}::a::b$c::`).setId("i"));
});

test("a type that this provider does not have is refused, with those that it has", async () => {
  const error = await failure(door.read(new ReadRequest().setUrn("urn:pulumi:dev::app::a:b:C::key").setId("i")));
  expect([error.code, error.details]).toEqual([
    status.INVALID_ARGUMENT,
    `Unknown resource type "a:b:C": expected one of ${token}`,
  ]);
});

describe("a key __proto__, which the library loses,", () => {
  const {
    check,
    diff,
    create,
    read,
    update,
    delete: remove,
    checkConfig,
    diffConfig,
    configure,
    invoke,
  } = ResourceProviderService;
  const lost = struct({ values: { __prxtx__: 1 } });
  const none = struct({});
  test.each<[string, { path: string }, { serializeBinary(): Uint8Array }]>([
    ["Check's news", check, new CheckRequest().setUrn(urn).setNews(lost)],
    ["Check's olds", check, new CheckRequest().setUrn(urn).setNews(none).setOlds(lost)],
    ["Diff's news", diff, new DiffRequest().setUrn(urn).setId("i").setNews(lost)],
    ["Diff's olds", diff, new DiffRequest().setUrn(urn).setId("i").setNews(none).setOlds(lost)],
    ["Create's properties", create, new CreateRequest().setUrn(urn).setProperties(lost)],
    ["Read's properties", read, new ReadRequest().setUrn(urn).setId("i").setProperties(lost)],
    ["Read's inputs", read, new ReadRequest().setUrn(urn).setId("i").setInputs(lost)],
    ["Update's news", update, new UpdateRequest().setUrn(urn).setId("i").setNews(lost)],
    ["Update's olds", update, new UpdateRequest().setUrn(urn).setId("i").setNews(none).setOlds(lost)],
    ["Delete's properties", remove, new DeleteRequest().setUrn(urn).setId("i").setProperties(lost)],
    ["CheckConfig's news", checkConfig, new CheckRequest().setNews(lost)],
    ["DiffConfig's news", diffConfig, new DiffRequest().setNews(lost)],
    ["Invoke's arguments", invoke, new InvokeRequest().setTok("t").setArgs(lost)],
    ["Configure's arguments", configure, new ConfigureRequest().setArgs(lost)],
  ])("is refused in %s", async (_, { path }, request) => {
    const bytes = Buffer.from(request.serializeBinary()).toString("latin1").replace("__prxtx__", "__proto__");
    const error = await refusalOf(door, path, Buffer.from(bytes, "latin1"));
    expect([error?.code, error?.details]).toEqual([
      status.INVALID_ARGUMENT,
      'values has a property named "__proto__", which Pulumi\'s protocol for Node.js cannot carry',
    ]);
  });
});

const methods = Object.values(ResourceProviderService).filter(({ responseStream }) => !responseStream);

test.each(methods.map(({ path }) => [path]))("%s answers whatever bytes it is sent", async (path) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
      expect((await refusalOf(door, path, bytes))?.code).not.toBe(status.UNAVAILABLE);
    }),
    { numRuns: 25 },
  );
  await expect(door.handshake(new ProviderHandshakeRequest())).resolves.toBeDefined();
});

test.each([
  [519, undefined],
  [600, "deep is nested deeper than 520 levels"],
  [4000, "deep is nested deeper than 520 levels"],
  [10_000, "Malformed Check request: a value in it is nested too deep"],
])("a value that is nested %i levels deep is taken, or refused in a sentence", async (depth, sentence) => {
  const taking = await openDoor(coreWith({ check: async (_, inputs) => ({ inputs, failures: [] }) }));
  const { path } = ResourceProviderService.check;
  const bytes = Buffer.concat([field(1, Buffer.from(urn)), field(3, deepStruct(depth))]);
  const error = await refusalOf(taking, path, bytes);
  expect([error?.code, error?.details]).toEqual(
    sentence === undefined
      ? [undefined, undefined]
      : [status.INVALID_ARGUMENT, expect.stringMatching(/nested (deeper|too)/)],
  );
});

test.each(methods.map(({ path }) => [path]))("%s refuses what is no message, in a sentence", async (path) => {
  const rpc = path.slice(path.lastIndexOf("/") + 1);
  const error = await refusalOf(door, path, Buffer.from([0x0a, 0xff]));
  const isServed = error?.code !== status.UNIMPLEMENTED;
  if (isServed) {
    expect([error?.code, error?.details]).toEqual([
      status.INVALID_ARGUMENT,
      `Malformed ${rpc} request: it is not what Pulumi's protocol says`,
    ]);
  }
});

test("text that is not UTF-8 is refused, not replaced", async () => {
  const text = field(2, field(3, Buffer.from([0x61, 0xff])));
  const news = field(3, field(1, Buffer.concat([field(1, Buffer.from("value")), text])));
  const error = await refusalOf(
    door,
    ResourceProviderService.check.path,
    Buffer.concat([field(1, Buffer.from(urn)), news]),
  );
  expect(error?.details).toBe("Malformed Check request: it is not what Pulumi's protocol says");
});

test("of a property that comes twice the last counts, as protobuf has it", async () => {
  const check = jest.fn(async (_, inputs) => ({ inputs, failures: [] }));
  const taking = await openDoor(coreWith({ check }));
  const entry = (text: string) =>
    field(1, Buffer.concat([field(1, Buffer.from("key")), field(2, field(3, Buffer.from(text)))]));
  const news = field(3, Buffer.concat([entry("first"), entry("last")]));
  await taking.sendBytes(ResourceProviderService.check.path, Buffer.concat([field(1, Buffer.from(urn)), news]));
  expect(check.mock.calls[0]?.[1]).toEqual({ key: "last" });
});

test("calls that run at once get each its own answer, the malformed among them too", async () => {
  const check = async (_: unknown, inputs: Record<string, unknown>) => {
    await new Promise((resolve) => setTimeout(resolve, Number(inputs.wait)));
    if (inputs.fail) throw new Error(`no ${inputs.key}`);
    return { inputs: { key: inputs.key }, failures: [] };
  };
  const taking = await openDoor(coreWith({ check }));
  const calls = Array.from({ length: 60 }, async (_, index) => {
    const inputs = struct({ key: `key-${index}`, wait: (index * 7) % 10, fail: index % 3 === 1 });
    const request = new CheckRequest().setUrn(index % 3 === 2 ? `broken-${index}` : urn).setNews(inputs);
    if (index % 3 === 0) {
      expect((await taking.check(request)).getInputs()?.toJavaScript()).toEqual({ key: `key-${index}` });
    } else {
      const { details } = await failure(taking.check(request));
      expect(details).toMatch(index % 3 === 1 ? `no key-${index}` : `Invalid URN "broken-${index}"`);
    }
  });
  await Promise.all(calls);
});

/** Undefined where the bytes are taken. */
function refusalOf(door: Door, path: string, bytes: Uint8Array): Promise<ServiceError | undefined> {
  return door.sendBytes(path, bytes).then(
    () => undefined,
    (error: ServiceError) => error,
  );
}
