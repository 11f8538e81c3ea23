import type { ResourceType } from "../../provider/core";
import { dynamicHost } from "../../provider/entries/dynamic";
import { createCore } from "../../provider/index";
import { SecretInputs } from "../../provider/pulumi/secret-inputs";
import type { Properties } from "../../tools/engine/property";
import { urnOf } from "../../tools/engine/urn";
import { archive, asset, secret } from "../../tools/wire";
import type { DoorClient, State } from "../driver/door-client";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { FakeClock } from "../fake-clock";
import { quietCall } from "../quiet-call";
import { accountId } from "../resources/world";
import { type FoundLeak, secretsIn } from "./secret-scan";
import { halves, secretText } from "./sentinel";
import { Stage } from "./stage";

/** A resource that declares a key of this name, and nothing else. */
interface Naming {
  readonly what: string;
  readonly type: "KeyValue" | "KeyValueSet";
  readonly inputs: (name: string) => Properties;
  /** The same with something wrong beside the name. */
  readonly broken: (name: string) => Properties;
  /** Then the id has it in clear, which is warned of. */
  readonly isInId?: boolean;
}

const lines = (...names: string[]) => names.map((key, at) => `${JSON.stringify({ key, value: `v${at}` })}\n`).join("");

const namings: readonly Naming[] = [
  {
    what: "a secret key",
    type: "KeyValue",
    inputs: (name) => ({ key: secret(name), value: "v" }),
    broken: (name) => ({ key: secret(name.repeat(100)), value: "v" }),
    isInId: true,
  },
  {
    what: "a secret prefix",
    type: "KeyValueSet",
    inputs: (name) => ({ keyPrefix: secret(name), values: { a: "v" } }),
    broken: (name) => ({ keyPrefix: secret(name.repeat(100)), values: { a: "v" } }),
    isInId: true,
  },
  {
    what: "a secret map",
    type: "KeyValueSet",
    inputs: (name) => ({ values: secret({ [name]: "v" }) }),
    broken: (name) => ({ values: secret({ [name]: 1 }) }),
  },
  {
    what: "an entry with a secret key",
    type: "KeyValueSet",
    inputs: (name) => ({ entries: [{ key: secret(name), value: "v" }] }),
    broken: (name) => ({ entries: [secret(name), secret(name)].map((key) => ({ key, value: "v" })) }),
  },
  {
    what: "a secret entry",
    type: "KeyValueSet",
    inputs: (name) => ({ entries: [secret({ key: name, value: "v", metadata: { [name]: name } })] }),
    broken: (name) => ({ entries: [secret({ key: name, value: "v", metadata: { [name]: Number.NaN } })] }),
  },
  {
    what: "a secret list",
    type: "KeyValueSet",
    inputs: (name) => ({ entries: secret([{ key: name, value: "v", metadata: { [name]: name } }]) }),
    broken: (name) => ({ entries: secret([{ key: name, [name]: "v" }]) }),
  },
  {
    what: "a secret text",
    type: "KeyValueSet",
    inputs: (name) => ({ source: secret(asset({ text: lines(name) })) }),
    broken: (name) => ({ source: secret(asset({ text: lines(name, name) })) }),
  },
  {
    what: "secret assets",
    type: "KeyValueSet",
    inputs: (name) => ({ source: secret(archive({ hash: name, assets: { [name]: asset({ text: "v" }) } })) }),
    broken: (name) => ({ source: secret(archive({ assets: { [name]: asset({ text: "" }) } })) }),
  },
];

const doors = { plugin: pluginClient, dynamic: dynamicClient };

describe.each(Object.entries(doors))("through the %s door", (_, openDoor) => {
  const stage = new Stage();
  let door: DoorClient;

  beforeEach(() => beginRun());

  /** What an earlier one has declared is forgotten. */
  async function beginRun(): Promise<void> {
    door = await openDoor(
      createCore(new FakeClock((nowMs) => stage.emulator.setClock({ nowMs }))),
      stage.engine.address,
    );
    await door.configure({ accountId, apiToken: "a-token", baseUrl: stage.emulator.url });
  }

  test.each(namings.map((naming) => [naming.what, naming] as const))("%s is named by nobody", async (_what, naming) => {
    const namespaceId = await play(naming);
    expect(leaks(naming)).toEqual([]);
    expect(stage.emulator.keys(namespaceId)).toEqual([]);
    const warnings = stage.engine.messages.filter((message) => JSON.stringify(message).includes("shows ids in clear"));
    expect(warnings.length > 0).toBe(naming.isInId ?? false);
  });

  test("a map of secrets has names that everybody may read", async () => {
    const place = await namespace();
    const name = urn("KeyValueSet");
    const inputs = { ...place, values: { open: secret("v"), other: "v" } };
    await stage.recorder.taken(door.check(name, {}, inputs));
    expect(JSON.stringify(stage.engine.messages)).toContain("open");
  });

  async function namespace(): Promise<{ accountId: string; namespaceId: string }> {
    const { state } = await door.create(urn("Namespace"), { accountId, title: "data" });
    return { accountId, namespaceId: String(state.outs.namespaceId) };
  }

  /** All that can happen to it, and goes wrong first. */
  async function play({ type, inputs, broken }: Naming): Promise<string> {
    const place = await namespace();
    const name = urn(type);
    const news = { ...place, ...inputs(secretText) };
    const others = { ...place, ...inputs(`${secretText}2`) };
    await refused(() => door.check(name, {}, { ...place, ...broken(secretText) }));
    await stage.recorder.taken(door.check(name, {}, news));
    await failing(() => door.create(name, news));
    const made = await stage.recorder.taken(door.create(name, news));
    const state = made?.state as State;
    await stage.recorder.taken(door.check(name, state.inputs, others));
    await stage.recorder.taken(door.diff(name, state, others));
    await stage.recorder.taken(door.diff(name, state, { ...others, maxDeletes: 0 }));
    await failing(() => door.update(name, state, { ...news, metadata: 1 }));
    await failing(() => door.read(name, state));
    await door.update(name, state, news);
    await beginRun();
    await failing(() => door.delete(name, state));
    const [key = ""] = stage.emulator.keys(place.namespaceId);
    await remove(place.namespaceId, key);
    await stage.recorder.taken(door.read(name, state));
    await stage.recorder.taken(door.delete(name, state));
    return place.namespaceId;
  }

  async function refused(ask: () => Promise<object>): Promise<void> {
    expect(await stage.recorder.taken(ask())).toBeUndefined();
  }

  /** The server quotes what it was asked. */
  async function failing(ask: () => Promise<object>): Promise<void> {
    const message = `there is something wrong with ${secretText}`;
    stage.emulator.setFaults([{ times: null, action: { status: 400, code: 10_042, message } }]);
    await refused(ask);
    stage.emulator.setFaults([]);
  }

  async function remove(namespaceId: string, key: string): Promise<void> {
    const path = `accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/${encodeURIComponent(key)}`;
    await fetch(`${stage.emulator.url}/${path}`, {
      method: "DELETE",
      headers: { authorization: "Bearer somebody-else" },
    });
  }

  function leaks({ isInId }: Naming): FoundLeak[] {
    const found = secretsIn(halves, stage.recorder.written);
    return isInId ? found.filter(({ place }) => place !== "answer" && place !== "state") : found;
  }
});

test("what would show names of members is not left to the engine", async () => {
  const { provider } = createCore().resources.get("cloudflare-kv:index:KeyValueSet") as ResourceType;
  const secrets = new SecretInputs(["values"]);
  const set = { accountId, namespaceId: "0".repeat(32) };
  const named = (name: string): Properties => ({ ...set, values: { [name]: "v" } });
  const [olds, news] = [named("a"), named("b")];
  const diff = await provider.diff(`${accountId}/${set.namespaceId}/*`, olds, news, { ...quietCall, secrets });
  expect([[...diff.detailed.keys()], diff.hidesMembers]).toEqual([["values"], true]);
  const handlers = dynamicHost(createCore(), () => undefined)("KeyValueSet");
  const told = { __secrets: ["values"] };
  expect(await handlers.diff?.(`${accountId}/${set.namespaceId}/*`, olds, { ...news, ...told })).toMatchObject({
    changes: true,
  });
});

function urn(type: string): string {
  return urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, "r");
}
