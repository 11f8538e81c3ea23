import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { accountId, writeFile } from "../../tools/stack/world";
import { files } from "../../tools/states/program";
import { type RecordedResource, type RecordedState, readState, recordedStates } from "../../tools/states/state";
import { type Resource, token, World } from "../resources/world";

/*
 * The states that earlier versions have left are read by the code of today, which finds nothing to do.
 *
 * With each release add its own, with the Pulumi CLI on PATH: `npm run record:state -- <version>`. That of another
 * commit: check it out elsewhere, build it, and name its folder in CLOUDFLARE_KV_PACKAGE.
 */

let world: World;
let dir: string;
beforeEach(async () => {
  world = await World.start();
  dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-"));
  for (const file of files) writeFile(dir, file);
});
afterEach(async () => {
  await world.close();
  rmSync(dir, { recursive: true });
});

test("there are states of every version, through both doors", () => {
  expect(recordedStates().sort()).toEqual(
    ["0.1.0-keys", "0.1.0-sets", "0.1.0"]
      .flatMap((version) => [`${version}.dynamic.json`, `${version}.plugin.json`])
      .sort(),
  );
});

describe.each(recordedStates())("the state in %s", (file) => {
  let state: Resource[];
  beforeEach(async () => {
    state = (await stored(readState(file))).resources.map(inState);
    world.clock.advance(1000);
    world.requests();
  });

  test("plans nothing, and writes nothing", async () => {
    for (const resource of state) {
      expect([resource.name, await world.plan(resource, declared(resource))]).toEqual([resource.name, {}]);
    }
    // For what is unlisted.
    expect(world.requests()).toEqual(hasSets(state) ? ["keys.list"] : []);
  });

  test("shows no difference in a refresh", async () => {
    for (const resource of state) {
      const refreshed = await world.refresh(resource);
      expect(refreshed?.outs).toEqual(resource.outs);
      expect(await world.plan({ ...resource, ...refreshed }, declared(resource))).toEqual({});
    }
  });

  test("is updated, and plans nothing then", async () => {
    for (const resource of state) {
      const args = changed(resource);
      const updated = await world.change(resource, args);
      expect(updated.outs).toMatchObject({ __stateVersion: 1 });
      expect(await world.plan(updated, args)).toEqual({});
    }
    const writes = world.emulator.log.filter(({ method, operation }) => method !== "GET" && operation !== "bulk.get");
    expect(writes.filter(({ status }) => status >= 400)).toEqual([]);
    expect(new Set(writes.map(({ operation }) => operation)).has("namespaces.rename")).toBe(true);
  });

  test("is deleted, and nothing is left", async () => {
    world.endRun();
    for (const resource of state.reverse()) await world.delete(resource);
    expect(world.emulator.namespaces()).toEqual([]);
  });
});

/** Puts into the emulator what was in the store; its namespaces have other ids. */
async function stored(recorded: RecordedState): Promise<RecordedState> {
  let text = JSON.stringify(recorded);
  for (const { id, title, entries } of recorded.store) {
    const created = await post("", { title });
    text = text.replaceAll(id, created.id);
    const pairs = entries.map(({ valueBase64: value, ...entry }) => ({ ...entry, value, base64: true }));
    if (pairs.length > 0) await post(`/${created.id}/bulk`, pairs);
  }
  return JSON.parse(text);
}

async function post(path: string, body: unknown): Promise<{ id: string }> {
  const response = await fetch(`${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`, {
    method: path === "" ? "POST" : "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { result: { id: string } }).result;
}

function hasSets(state: readonly Resource[]): boolean {
  return state.some(({ type }) => type === "KeyValueSet");
}

function inState({ outputs, ...resource }: RecordedResource): Resource {
  return { ...resource, outs: outputs };
}

/** The program's arguments: what a check has filled in is in `__defaults`, and files are in the folder of this test. */
function declared({ inputs }: Resource): Properties {
  const { __defaults: defaults = [], ...args } = inputs;
  const names = defaults as string[];
  const given = Object.entries(args).filter(([name]) => !names.includes(name));
  return Object.fromEntries(given.map(([name, value]) => [name, name === "source" ? here(value) : value]));
}

function here(source: unknown): unknown {
  const { path, ...asset } = source as { readonly path?: string };
  return path ? { ...asset, path: join(dir, path) } : asset;
}

/** One thing is another than it was. */
function changed(resource: Resource): Properties {
  const args = declared(resource);
  if (resource.type === "Namespace") return { ...args, title: `renamed ${resource.name}` };
  if (resource.type === "KeyValueSet") return { ...args, values: { ...(args.values as Properties), new: "entry" } };
  return { ...args, metadata: { changed: true } };
}
