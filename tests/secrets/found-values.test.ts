import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { createCore } from "../../provider/index";
import { urnOf } from "../../tools/engine/urn";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { secret } from "../../tools/wire";
import type { DoorClient } from "../driver/door-client";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { closeDoors } from "../plugin/door";
import { accountId } from "../resources/world";
import { listen } from "./listening";
import { Recorder } from "./recorder";
import { secretsIn } from "./secret-scan";
import { halves, secretText } from "./sentinel";

/* Values that are in the store already, and secret: what adoption reads, nobody else may. */

const urn = (type: string) => urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, type);

describe.each(Object.entries({ plugin: pluginClient, dynamic: dynamicClient }))(
  "through the %s door",
  (_, openDoor) => {
    let emulator: Emulator;
    let engine: FakeEngine;
    let door: DoorClient;
    let recorder: Recorder;
    let namespaceId: string;

    beforeEach(async () => {
      emulator = await startEmulator();
      engine = await startFakeEngine();
      recorder = new Recorder({ ...listen(), message: engine.messages });
      door = await openDoor(createCore(), engine.address);
      await door.configure({ accountId, apiToken: "a-token", baseUrl: emulator.url });
      const { state } = await door.create(urn("Namespace"), { accountId, title: "data" });
      namespaceId = String(state.outs.namespaceId);
      for (const key of ["same", "other"]) await put(key);
    });

    afterEach(async () => {
      jest.restoreAllMocks();
      await closeDoors();
      stopFakeEngines();
      await emulator.close();
    });

    async function put(key: string): Promise<void> {
      const body = JSON.stringify([{ key, value: secretText, metadata: { note: secretText } }]);
      const url = `${emulator.url}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/bulk`;
      expect((await fetch(url, { method: "PUT", body, headers: { authorization: "Bearer x" } })).ok).toBe(true);
    }

    const declared = {
      KeyValue: { key: "other", value: secret("mine") },
      KeyValueSet: {
        values: { other: secret("mine") },
        entries: secret([{ key: "same", value: secretText, metadata: { note: secretText } }]),
      },
    };

    test.each(["KeyValue", "KeyValueSet"] as const)("a %s that adopts them shows none", async (type) => {
      const args = { accountId, namespaceId, adopt: true, ...declared[type] };
      const checked = await recorder.taken(door.check(urn(type), {}, args));
      expect(checked).toBeDefined();
      const made = await recorder.taken(door.create(urn(type), args));
      expect(made).toBeDefined();
      expect(JSON.stringify(engine.messages)).toMatch(type === "KeyValue" ? /it is replaced/ : /=1 as declared/);
      expect(secretsIn(halves, recorder.written)).toEqual([]);
    });

    test("where they cannot be read, the error shows none", async () => {
      emulator.setFaults([
        { match: { operation: "bulk.get" }, times: null, action: { type: "contentType", value: "text/html" } },
      ]);
      const args = { accountId, namespaceId, adopt: true, ...declared.KeyValueSet };
      expect(await recorder.taken(door.check(urn("KeyValueSet"), {}, args))).toBeUndefined();
      expect(secretsIn(halves, recorder.written)).toEqual([]);
    });
  },
);
