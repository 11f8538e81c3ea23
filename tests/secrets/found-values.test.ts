import { createCore } from "../../provider/index";
import { urnOf } from "../../tools/engine/urn";
import { secret } from "../../tools/wire";
import type { DoorClient } from "../driver/door-client";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { accountId } from "../resources/world";
import { secretsIn } from "./secret-scan";
import { halves, secretText } from "./sentinel";
import { Stage } from "./stage";

/* Values that are in the store already, and secret: what adoption reads, nobody else may. */

const urn = (type: string) => urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, type);

describe.each(Object.entries({ plugin: pluginClient, dynamic: dynamicClient }))(
  "through the %s door",
  (_, openDoor) => {
    const stage = new Stage();
    let door: DoorClient;
    let namespaceId: string;

    beforeEach(async () => {
      door = await openDoor(createCore(), stage.engine.address);
      await door.configure({ accountId, apiToken: "a-token", baseUrl: stage.emulator.url });
      const { state } = await door.create(urn("Namespace"), { accountId, title: "data" });
      namespaceId = String(state.outs.namespaceId);
      for (const key of ["same", "other"]) await put(key);
    });

    async function put(key: string): Promise<void> {
      const body = JSON.stringify([{ key, value: secretText, metadata: { note: secretText } }]);
      const url = `${stage.emulator.url}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/bulk`;
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
      const checked = await stage.recorder.taken(door.check(urn(type), {}, args));
      expect(checked).toBeDefined();
      const made = await stage.recorder.taken(door.create(urn(type), args));
      expect(made).toBeDefined();
      expect(JSON.stringify(stage.engine.messages)).toMatch(type === "KeyValue" ? /it is replaced/ : /=1 as declared/);
      expect(secretsIn(halves, stage.recorder.written)).toEqual([]);
    });

    test("where they cannot be read, the error shows none", async () => {
      stage.emulator.setFaults([
        { match: { operation: "bulk.get" }, times: null, action: { type: "contentType", value: "text/html" } },
      ]);
      const args = { accountId, namespaceId, adopt: true, ...declared.KeyValueSet };
      expect(await stage.recorder.taken(door.check(urn("KeyValueSet"), {}, args))).toBeUndefined();
      expect(secretsIn(halves, stage.recorder.written)).toEqual([]);
    });
  },
);
