import { connect, constants } from "node:http2";
import { status } from "@grpc/grpc-js";
import { CheckRequest, ConfigureRequest, CreateRequest } from "@pulumi/pulumi/proto/provider_pb";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import { struct } from "../../tools/wire";
import { closeDoors, type Door, openDoor } from "./door";

const accountId = "0123456789abcdef0123456789abcdef";
const maxValueBytes = 25 * 1024 * 1024;
let emulator: Emulator;
let door: Door;
let namespaceId: string;

beforeAll(async () => {
  emulator = await startEmulator();
  door = await openDoor(createCore);
  const args = struct({ baseUrl: emulator.url, apiToken: "t", accountId });
  await door.configure(new ConfigureRequest().setArgs(args));
  const created = await create("Namespace", { accountId, title: "data" });
  [, namespaceId = ""] = created.getId().split("/");
});

afterAll(async () => {
  await closeDoors();
  await emulator.close();
});

const urnOf = (type: string) => `urn:pulumi:dev::app::cloudflare-kv:index:${type}::it`;

async function create(type: string, inputs: object) {
  const urn = urnOf(type);
  const checked = await door.check(new CheckRequest().setUrn(urn).setOlds(struct({})).setNews(struct(inputs)));
  expect(checked.getFailuresList()).toEqual([]);
  return door.create(new CreateRequest().setUrn(urn).setProperties(checked.getInputs()));
}

test("the largest value is taken as base64", async () => {
  const bytes = Buffer.alloc(maxValueBytes, 0xff);
  await create("KeyValue", { namespaceId, key: "large", valueBase64: bytes.toString("base64") });
  expect(emulator.entry(namespaceId, "large")?.value.equals(bytes)).toBe(true);
});

test("a set of 100 MB is taken inline", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `${index}`);
  const values = Object.fromEntries(names.map((name) => [name, name.padEnd(1_000_000, "v")]));
  await create("KeyValueSet", { namespaceId, keyPrefix: "set/", values });
  expect(emulator.keys(namespaceId).filter((key) => key.startsWith("set/"))).toHaveLength(100);
});

test("a message above 400 MiB is refused with its size, before it is read", async () => {
  const session = connect(`http://127.0.0.1:${door.server.port}`);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/pulumirpc.ResourceProvider/Check",
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(400 * 1024 * 1024 + 1, 1);
  stream.write(prefix);
  const answer = await new Promise<Record<string, unknown>>((resolve) => {
    stream.once("response", (headers) => "grpc-status" in headers && resolve(headers));
    stream.once("trailers", resolve);
    stream.resume();
  });
  session.destroy();
  expect(Number(answer["grpc-status"])).toBe(status.RESOURCE_EXHAUSTED);
  expect(decodeURIComponent(`${answer["grpc-message"]}`)).toBe(
    "Received message larger than max (419430401 vs 419430400)",
  );
});
