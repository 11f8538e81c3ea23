import { status } from "@grpc/grpc-js";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DiffRequest,
  DiffResponse,
  ErrorResourceInitFailed,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import { struct } from "../../tools/wire";
import { until } from "../until";
import { closeDoors, type Door, failure, openDoor } from "./door";

const accountId = "0123456789abcdef0123456789abcdef";
let emulator: Emulator;
let door: Door;
let namespaceId: string;

beforeEach(async () => {
  emulator = await startEmulator();
  door = await openDoor(createCore);
  await configure();
  const namespace = await door.create(creating("Namespace", { accountId, title: "data" }));
  [, namespaceId = ""] = namespace.getId().split("/");
  emulator.clearLog();
});

afterEach(async () => {
  await closeDoors();
  await emulator.close();
});

function configure() {
  const args = struct({ baseUrl: emulator.url, apiToken: "t", accountId });
  return door.configure(new ConfigureRequest().setArgs(args));
}

const urnOf = (type: string) => `urn:pulumi:dev::app::cloudflare-kv:index:${type}::it`;

function creating(type: string, inputs: object): CreateRequest {
  return new CreateRequest().setUrn(urnOf(type)).setProperties(struct(inputs));
}

/** Cancels when the request has reached the API, which takes ten minutes for its answer: nobody here waits for it. */
async function cancelled(operation: string, call: () => Promise<unknown>) {
  emulator.setFaults([{ match: { operation }, times: null, action: { type: "delay", ms: 600_000 } }]);
  const failing = failure(call());
  await until(() => emulator.log.some((request) => request.operation === operation));
  await door.cancel(new Empty());
  const error = await failing;
  emulator.setFaults([]);
  return error;
}

/** What the engine keeps of a resource whose initialisation failed. */
function kept({ metadata }: Awaited<ReturnType<typeof failure>>) {
  const [blob] = metadata.get("grpc-status-details-bin");
  const [detail] = Status.deserializeBinary(blob as Buffer).getDetailsList();
  return ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
}

/** The next `up`, as the engine has it after a failed initialisation; afterwards nothing is left to do. */
async function up(type: string, state: ErrorResourceInitFailed, inputs: object): Promise<void> {
  const [urn, id, news] = [urnOf(type), state.getId(), struct(inputs)];
  await door.check(new CheckRequest().setUrn(urn).setOlds(struct(inputs)).setNews(news));
  const olds = state.getProperties();
  const updated = await door.update(new UpdateRequest().setUrn(urn).setId(id).setOlds(olds).setNews(news));
  const diff = new DiffRequest().setUrn(urn).setId(id).setOlds(updated.getProperties()).setNews(news);
  expect((await door.diff(diff)).getChanges()).toBe(DiffResponse.DiffChanges.DIFF_NONE);
}

function requests(operation: string): number {
  return emulator.log.filter((request) => request.operation === operation).length;
}

const key = () => ({ accountId, namespaceId, key: "k", value: "v" });
const set = () => ({ accountId, namespaceId, keyPrefix: "p/", values: { a: "1", b: "2" } });

test.each([
  [
    "KeyValue",
    "values.put",
    key,
    ["k"],
    /^PUT \S+ was given up: the operation was cancelled\. It may or may not have been written/,
  ],
  ["KeyValueSet", "bulk.put", set, ["p/a", "p/b"], /^PUT \S+ was given up: the operation was cancelled/],
] as const)(
  "a create of a %s is answered before the API answers: it may be there, and the next up writes it",
  async (type, operation, inputs, keys, sentence) => {
    const error = await cancelled(operation, () => door.create(creating(type, inputs())));
    const state = kept(error);
    expect(error.details).toMatch(sentence);
    expect(state.getId()).toContain(`${accountId}/${namespaceId}/`);
    await up(type, state, inputs());
    expect(requests(operation)).toBe(2);
    expect(emulator.keys(namespaceId)).toEqual(keys);
  },
);

test.each([
  ["KeyValue", "values.put", key, { value: "new" }, "k"],
  ["KeyValueSet", "bulk.put", set, { values: { a: "new", b: "2" } }, "p/a"],
] as const)(
  "an update of a %s is answered before the API answers: the next up writes it again",
  async (type, operation, inputs, change, changedKey) => {
    const created = await door.create(creating(type, inputs()));
    const news = { ...inputs(), ...change };
    const request = new UpdateRequest().setUrn(urnOf(type)).setId(created.getId()).setOlds(created.getProperties());
    emulator.clearLog();
    const state = kept(await cancelled(operation, () => door.update(request.setNews(struct(news)))));
    expect(state.getId()).toBe(created.getId());
    await up(type, state, news);
    expect(requests(operation)).toBe(2);
    expect(emulator.entry(namespaceId, changedKey)?.value.toString()).toBe("new");
  },
);

test("a create of a Namespace says that nobody knows, and what to do", async () => {
  const create = () => door.create(creating("Namespace", { accountId, title: "more" }));
  const error = await cancelled("namespaces.create", create);
  expect(error.code).toBe(status.CANCELLED);
  expect(error.details).toMatch(
    /^POST \S+ was given up: the operation was cancelled\. It may or may not have been created: .*"more".*adopt: true$/,
  );
});

test.each([
  ["in one request", "bulk.put", "true"],
  ["with a request each, in line", "values.put", "false"],
])("fifty calls, %s, end with those in flight", async (_how, operation, coalescing) => {
  door = await openDoor(createCore, { CLOUDFLARE_KV_COALESCING: coalescing });
  await configure();
  const fifty = Array.from({ length: 50 }, (_, index) => ({ ...key(), key: `k${index}` }));
  let others: Promise<{ details: string }>[] = [];
  await cancelled(operation, () => {
    const [first, ...rest] = fifty.map((inputs) => door.create(creating("KeyValue", inputs)));
    others = rest.map(failure);
    return first ?? Promise.reject();
  });
  for (const { details } of await Promise.all(others))
    expect(details).toMatch(/was given up: the operation was cancelled/);
  expect(emulator.log.length).toBeLessThanOrEqual(8);
});
