import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import type { Properties } from "../../tools/engine/property";
import { urnOf } from "../../tools/engine/urn";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { secret } from "../../tools/wire";
import type { Answer, DoorClient, State } from "../driver/door-client";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { closeDoors } from "../plugin/door";
import { Folder } from "../resources/key-value-set/source/reading";
import { accountId } from "../resources/world";
import { type BrokenSource, brokenSources } from "./broken-sources";
import { listen } from "./listening";
import { Recorder } from "./recorder";
import { secretsIn } from "./secret-scan";
import { halves, secretText } from "./sentinel";

const folder = new Folder();

const doors = { plugin: pluginClient, dynamic: dynamicClient };

const metadata = secret({ note: secretText });
const whole = {
  KeyValue: { key: "b", value: secret(secretText), metadata },
  KeyValueSet: { values: { b: secret(secretText) }, metadata },
};

describe.each(Object.entries(doors))("through the %s door", (_, openDoor) => {
  let emulator: Emulator;
  let engine: FakeEngine;
  let door: DoorClient;
  let recorder: Recorder;
  let place: Properties;
  const states: Record<string, State> = {};

  beforeAll(async () => {
    emulator = await startEmulator();
    engine = await startFakeEngine();
    door = await openDoor(createCore(), engine.address);
    await door.configure({ accountId, apiToken: "a-token", baseUrl: emulator.url });
    const { state } = await door.create(urn("Namespace"), { accountId, title: "data" });
    place = { accountId, namespaceId: state?.outs.namespaceId ?? "" };
    for (const type of ["KeyValue", "KeyValueSet"] as const) {
      const created = await door.create(urn(type), { ...place, ...whole[type] });
      states[type] = created.state as State;
    }
  });

  beforeEach(() => {
    engine.messages.length = 0;
    recorder = new Recorder({ ...listen(), message: engine.messages });
  });

  afterEach(() => jest.restoreAllMocks());

  afterAll(async () => {
    await closeDoors();
    stopFakeEngines();
    await emulator.close();
  });

  test.each(brokenSources.map((source) => [source.type, source.what, source] as const))(
    "a %s with %s is refused, and nobody reads it",
    async (type, _what, { inputs, refusedBy }) => {
      const news = { ...place, ...inputs((name, content) => folder.write(name, content)) };
      expect(await refusals(type, news)).toEqual(expect.arrayContaining(refusedBy));
      expect(secretsIn(halves, recorder.written)).toEqual([]);
    },
  );

  test.each(["KeyValue", "KeyValueSet"] as const)("a %s that is whole is taken, and nobody reads it", async (type) => {
    const other = { ...place, ...whole[type], metadata: secret([secretText]) };
    expect(await refusals(type, other)).toEqual([]);
    expect(secretsIn(halves, recorder.written)).toEqual([]);
  });

  /** In the order in which the engine would go: where something is to be changed, and where it is new. */
  async function refusals(type: BrokenSource["type"], news: Properties): Promise<string[]> {
    const state = states[type] as State;
    const [old, fresh] = [urn(type), urn(type, "new")];
    const calls: Record<string, () => Promise<Answer>> = {
      "check of a new one": () => door.check(fresh, {}, news),
      create: () => door.create(fresh, news),
      check: () => door.check(old, state.inputs, news),
      diff: () => door.diff(old, state, news),
      update: () => door.update(old, state, news),
    };
    const refused: string[] = [];
    for (const [call, ask] of Object.entries(calls)) if (!(await recorder.taken(ask()))) refused.push(call);
    return refused;
  }
});

function urn(type: string, name = "old"): string {
  return urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, name);
}
