import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Declaration } from "../stack/stack";
import { accountId, World } from "../stack/world";
import { missed, type Result, round } from "./figures";

type Operation = "create" | "update" | "replace" | "refresh" | "delete";
type Requests = Readonly<Record<Operation, number>>;

const bars: Requests = { create: 1, update: 1, replace: 1, refresh: 2, delete: 1 };

const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

function key(value: string, expirationTtl: number): Declaration {
  return {
    type: "KeyValue",
    name: "a",
    args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", value, expirationTtl },
  };
}

/** Requests for one key in each operation, against a client that does what the engine asks and nothing more. */
export async function requests(): Promise<Result> {
  const ours = await provider();
  const baseline = await naiveClient();
  const sum = (figures: Requests) => Object.values(figures).reduce((total, count) => total + count, 0);
  return {
    case: "requests",
    options: {},
    ours: { requests: { ...ours } },
    baseline: { requests: { ...baseline } },
    ratio: round(sum(ours) / sum(baseline)),
    ratioOf: "requests",
    misses: (Object.keys(bars) as Operation[]).flatMap((name) => missed(name, ours[name], bars[name])),
  };
}

async function provider(): Promise<Requests> {
  const world = await World.create("plugin", "stand-in");
  const forKey = async (operation: Promise<unknown>) => {
    await operation;
    return world.emulator.log.filter((request) => request.key === "a").length;
  };
  try {
    await world.up(namespace);
    return {
      create: await forKey(world.up(namespace, key("one", 3600))),
      update: await forKey(world.up(namespace, key("two", 3600))),
      replace: await forKey(world.up(namespace, key("two", 7200))),
      refresh: await forKey(world.refresh()),
      delete: await forKey(world.up(namespace)),
    };
  } finally {
    await world.close();
  }
}

/** One PUT a write and, as the engine orders it, a PUT and a DELETE for a replacement, which loses the key. */
async function naiveClient(): Promise<Requests> {
  const emulator = await startEmulator();
  try {
    const namespaceId = await createNamespace(emulator);
    const path = (what: string) => `/${namespaceId}/${what}/a`;
    const count = async (...calls: [method: string, path: string][]) => {
      emulator.clearLog();
      for (const [method, target] of calls) await send(emulator, method, target, method === "PUT" ? "one" : undefined);
      return emulator.log.length;
    };
    return {
      create: await count(["PUT", path("values")]),
      update: await count(["PUT", path("values")]),
      replace: await count(["PUT", path("values")], ["DELETE", path("values")]),
      refresh: await count(["GET", path("values")], ["GET", path("metadata")]),
      delete: await count(["DELETE", path("values")]),
    };
  } finally {
    await emulator.close();
  }
}

async function createNamespace(emulator: Emulator): Promise<string> {
  await send(emulator, "POST", "", '{"title":"data"}');
  return emulator.namespaces()[0]?.id ?? "";
}

async function send(emulator: Emulator, method: string, path: string, body?: string): Promise<void> {
  const url = `${emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  const response = await fetch(url, { method, headers: { authorization: "Bearer naive" }, body: body ?? null });
  await response.arrayBuffer();
}
