import { existsSync } from "node:fs";
import { connect } from "node:http2";
import { CreateRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { startServer } from "../../provider/entries/plugin/server";
import { createLargeValues } from "../../tools/bench/large-creates";
import { struct } from "../../tools/wire";
import { until } from "../until";
import { closeDoors, coreWith, openDoor, urn } from "./door";

afterEach(closeDoors);

test("the engine may send a large message without waiting for leave every 64 KiB", async () => {
  const server = await startServer({ core: () => coreWith({}), schema: () => "{}", env: {} });
  const client = connect(`http://127.0.0.1:${server.port}`);
  try {
    await until(() => (client.remoteSettings?.initialWindowSize ?? 0) >= 2 ** 20);
    await until(() => (client.state.remoteWindowSize ?? 0) > 2 ** 30);
  } finally {
    client.destroy();
    await server.stop();
  }
});

test("large messages wait for each other, and nothing else waits for them", async () => {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const create = async ({ key, value = "" }: Record<string, unknown>) => {
    started.push(`${key}`);
    if (value !== "") await new Promise<void>((end) => ends.push(end));
    return { id: "id", outs: { length: String(value).length } };
  };
  const door = await openDoor(coreWith({ create }));
  const send = (inputs: object) => door.create(new CreateRequest().setUrn(urn).setProperties(struct(inputs)));
  const value = "v".repeat(40 << 20);
  const large = [send({ key: "large", value }), send({ key: "large", value })];
  await until(() => ends.length === 1);
  await send({ key: "small" });
  await door.cancel(new Empty());
  expect(started).toEqual(["large", "small"]);
  ends.pop()?.();
  await until(() => ends.length === 1);
  ends.pop()?.();
  const lengths = (await Promise.all(large)).map((response) => response.getProperties()?.toJavaScript());
  expect(lengths).toEqual([{ length: 40 << 20 }, { length: 40 << 20 }]);
});

test("a large message whose caller has gone makes room for the next", async () => {
  const ends: (() => void)[] = [];
  const create = async () => {
    await new Promise<void>((end) => ends.push(end));
    return { id: "id", outs: {} };
  };
  const door = await openDoor(coreWith({ create }));
  const request = new CreateRequest().setUrn(urn).setProperties(struct({ value: "v".repeat(40 << 20) }));
  const calls = [1, 2].map(() => door.stub.create(request, () => {}));
  await until(() => ends.length === 1);
  for (const call of calls) call.cancel();
  const last = door.create(request);
  await until(() => ends.length === 2);
  for (const end of ends) end();
  await last;
});

const onLinux = existsSync("/proc/self/status") ? test : test.skip;

onLinux("sixteen values of 24 MiB at once are created within 1 GiB of memory", async () => {
  const { statuses, peakMiB } = await createLargeValues(16, 24 << 20);
  expect(new Set(statuses)).toEqual(new Set([0]));
  expect(peakMiB).toBeLessThan(1024);
});
