import { choices } from "../../provider/emulator/choices";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { none } from "../../tools/live/patience";
import { observe } from "../../tools/live/probe";
import { probes, unprobed } from "../../tools/live/probes";
import { Sender } from "../../tools/live/sender";
import { Stage, setUpCost } from "../../tools/live/stage";
import { kindsAbove, sum, type Traffic, trafficOf } from "../../tools/live/traffic";
import { account } from "../emulator/api";

const plenty: Traffic = { requests: 1e6, writes: 1e6, deletes: 1e6, lists: 1e6, namespaces: 1e6 };
const halt = new AbortController().signal;
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ tokens: ["token"] });
});
afterAll(() => emulator.close());

/** A stage whose requests are counted. */
function stageOf(mark: string): Stage {
  return new Stage(
    new Sender({ baseUrl: emulator.url, accountId: account, token: "token" }, plenty, halt),
    mark,
    none,
    halt,
  );
}

test("every choice of the emulator is tried, or stands among those that are not, with the reason", () => {
  const tried = new Set(probes.map(({ name }) => name.split(".")[0]));
  const isKnown = (name: string) => tried.has(name) !== name in unprobed;
  expect(Object.keys(choices).filter((name) => !isKnown(name))).toEqual([]);
});

test("no two assumptions have one name, and each is a sentence that needs no other", () => {
  const names = probes.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(probes.filter(({ assumption }) => !/^(?!So|It)[A-Z].*\.$/.test(assumption))).toEqual([]);
});

test("the preparation sends what it says", async () => {
  const stage = stageOf("preparation");
  await stage.prepare();
  await stage.shown;
  expect(stage.sender.spent).toEqual(sum([setUpCost]));
});

test("no probe sends more than it says, and none fails", async () => {
  const wrong: string[] = [];
  const stage = stageOf("probes");
  await stage.prepare();
  await stage.shown;
  for (const probe of probes) {
    const before = stage.sender.spent;
    const { outcome, isTried } = await observe(probe, stage);
    const above = kindsAbove(stage.sender.spent, sum([before, probe.cost]));
    if (above.length > 0 || !isTried || outcome.startsWith("no answer"))
      wrong.push(`${probe.name}: ${above} ${outcome}`);
  }
  expect(wrong).toEqual([]);
});

test.each([
  ["POST", "", "{}", { namespaces: 1 }],
  ["GET", "?page=2", "", { lists: 1 }],
  ["GET", "/id/keys?limit=10", "", { lists: 1 }],
  ["PUT", "/id/values/a%2Fb", "v", { writes: 1 }],
  ["DELETE", "/id/values/a", "", { deletes: 1 }],
  ["GET", "/id/values/a", "", {}],
  ["PUT", "/id/bulk", '[{"key":"a"},{"key":"b"}]', { writes: 2 }],
  ["POST", "/id/bulk/delete", '["a","b","c"]', { deletes: 3 }],
  ["DELETE", "/id/bulk", '["a"]', { deletes: 1 }],
  ["POST", "/id/bulk/get", '{"keys":["a"]}', {}],
  ["DELETE", "/id", "", {}],
])("%s %s is counted", (method, path, body, expected) => {
  const traffic = trafficOf(method, `/accounts/a/storage/kv/namespaces${path}`, body);
  expect(traffic).toEqual(sum([{ requests: 1 }, expected]));
});

test("no more is sent than was announced", async () => {
  const target = { baseUrl: emulator.url, accountId: account, token: "token" };
  const sender = new Sender(target, { ...plenty, writes: 1 }, halt);
  const path = `/accounts/${account}/storage/kv/namespaces/${"0".repeat(32)}/values/a`;
  await sender.send({ method: "PUT", path, body: "v" });
  const before = emulator.log.length;
  await expect(sender.send({ method: "PUT", path, body: "v" })).rejects.toThrow("More writes would be sent");
  expect(emulator.log.length).toBe(before);
});
