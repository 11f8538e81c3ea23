import { setTimeout } from "node:timers/promises";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { CheckRequest, CreateRequest, ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type EngineLog, engineLog } from "../../provider/entries/engine-log";
import type { Call, Log } from "../../provider/pulumi/resource-provider";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { struct } from "../../tools/wire";
import { closeDoors, coreWith, openDoor, urn } from "../plugin/door";

let engine: FakeEngine;
let log: EngineLog;

beforeEach(async () => {
  engine = await startFakeEngine();
  log = engineLog(() => engine.address);
});

afterEach(async () => {
  await closeDoors();
  log.close();
  stopFakeEngines();
});

const texts = () => engine.messages.map(({ message }) => message);

test("information and warnings are listed under the resource, a status is passing", async () => {
  const messages = log.for(urn);
  messages.info("one");
  messages.warning("two");
  messages.status("three");
  await messages.end();
  const common = { urn, streamid: 0 };
  expect(engine.messages).toEqual([
    { ...common, severity: LogSeverity.INFO, message: "one", ephemeral: false },
    { ...common, severity: LogSeverity.WARNING, message: "two", ephemeral: false },
    { ...common, severity: LogSeverity.INFO, message: "three", ephemeral: true },
  ]);
});

test("messages arrive in the order in which they were written", async () => {
  const messages = log.for(urn);
  const written = Array.from({ length: 20 }, (_, index) => `message ${index}`);
  for (const message of written) messages.info(message);
  await messages.end();
  expect(texts()).toEqual(written);
});

const arrived = async (count: number) => {
  for (let turn = 0; turn < 300 && engine.messages.length < count; turn++) await setTimeout(10);
};

test("of many statuses the first is shown at once, and then the latest", async () => {
  const messages = log.for(urn);
  for (let index = 0; index < 1000; index++) messages.status(`status ${index}`);
  await arrived(2);
  await messages.end();
  expect(texts()).toEqual(["status 0", "status 999"]);
});

test("a status that is still waiting when the call ends is sent: it is what stays to be read", async () => {
  const messages = log.for(urn);
  messages.status("33 %");
  messages.status("66 %");
  messages.status("100 %");
  await messages.end();
  expect(texts()).toEqual(["33 %", "100 %"]);
});

test("the functions can be handed on by themselves", async () => {
  const { info, status, end } = log.for(urn);
  info("one");
  status("two");
  await end();
  expect(texts()).toEqual(["one", "two"]);
});

test("text that is not well-formed arrives mended", async () => {
  const messages = log.for(urn);
  messages.info("a\ud800b");
  await messages.end();
  expect(texts()).toEqual(["a\ufffdb"]);
});

test("a closed log is silent, and one that is opened afterwards speaks again", async () => {
  const before = log.for(urn);
  before.info("one");
  await before.end();
  log.close();
  before.info("nobody hears this");
  await before.end();
  const after = log.for(urn);
  after.info("two");
  await after.end();
  expect(texts()).toEqual(["one", "two"]);
});

test.each([
  ["there is no engine", () => undefined],
  ["nobody answers at the address", () => "127.0.0.1:1"],
  ["the address is none", () => "no address"],
])("messages are lost quietly when %s", async (_, address) => {
  const lost = engineLog(address);
  const messages = lost.for(urn);
  messages.info("one");
  messages.warning("two");
  await expect(messages.end()).resolves.toBeUndefined();
  lost.close();
});

test("an engine that does not answer holds up nothing for long", async () => {
  engine.hang();
  const messages = log.for(urn);
  for (let index = 0; index < 10; index++) messages.info("one");
  await expect(messages.end()).resolves.toBeUndefined();
  expect(engine.messages.length).toBeLessThan(10);
});

describe("through the plugin", () => {
  const openLogging = async (write: (log: Log) => void) => {
    const check = async (_olds: unknown, inputs: Record<string, unknown>, call?: Call) => {
      if (call) write(call.log);
      return { inputs, failures: [] };
    };
    const door = await openDoor(coreWith({ check }));
    await door.handshake(new ProviderHandshakeRequest().setEngineAddress(engine.address));
    return door;
  };
  const check = () => new CheckRequest().setUrn(urn).setNews(struct({}));

  test("a warning of Check is there before Check is answered", async () => {
    const door = await openLogging(({ warning }) => warning("declared twice"));
    await door.check(check());
    expect(engine.messages).toMatchObject([{ message: "declared twice", urn, severity: LogSeverity.WARNING }]);
  });

  test("the engine of the latest handshake is told", async () => {
    const door = await openLogging(({ info }) => info("hello"));
    await door.check(check());
    const other = await startFakeEngine();
    await door.handshake(new ProviderHandshakeRequest().setEngineAddress(other.address));
    await door.check(check());
    expect([engine.messages.length, other.messages.length]).toEqual([1, 1]);
  });

  test("after Cancel a call says nothing more, and the next call does", async () => {
    const create = async (_: unknown, call?: Call) => {
      await door.cancel(new Empty());
      call?.log.info("too late");
      return { id: "id", outs: {} };
    };
    const door = await openDoor(
      coreWith({
        create,
        check: async (_, inputs, call) => {
          call?.log.info("in time");
          return { inputs, failures: [] };
        },
      }),
    );
    await door.handshake(new ProviderHandshakeRequest().setEngineAddress(engine.address));
    await door.create(new CreateRequest().setUrn(urn).setProperties(struct({})));
    await door.check(check());
    expect(texts()).toEqual(["in time"]);
  });
});
