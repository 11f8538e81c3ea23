import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace } from "../../provider/emulator/namespace-table";
import { WranglerStore } from "../../provider/emulator/wrangler/wrangler-store";
import { EmulatorProcess } from "../emulator-process";
import { install } from "../interop/command";
import { wrangler } from "../interop/wrangler-command";
import { hasPulumi } from "../stack/real";
import { World } from "../stack/world";
import { median, missed, type Result, round } from "./figures";
import { writeNdjson } from "./generate-entries";
import type { Options } from "./options";
import { timed } from "./provider-process";
import { writeBulkFile } from "./wrangler-peer";

const binding = "KV";
const namespaceId = "fedcba9876543210fedcba9876543210";
const storeSeconds = 0.5;

/** In YAML, which adds least of a language's own start. */
const program = `name: project
runtime: yaml
resources:
  ns:
    type: cloudflare-kv:Namespace
    properties: { title: ${binding}, adopt: true }
  set:
    type: cloudflare-kv:KeyValueSet
    properties:
      namespaceId: \${ns.namespaceId}
      adopt: true
      source: { fn::fileAsset: seed.ndjson }
`;

/** A whole `pulumi up --skip-preview` into the local store of wrangler, against `wrangler kv bulk put --local` of the same. */
export async function local(options: Options): Promise<Result> {
  if (!hasPulumi) throw new Error("the case local needs the Pulumi CLI: put pulumi on PATH");
  const { entries, keys, valueBytes, runs } = options;
  const folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  try {
    await install("wrangler@4", folder);
    const file = join(folder, "seed.ndjson");
    await writeNdjson(file, options);
    const baseline = await bulkPut(folder, file);
    const ours: number[] = [];
    const store: number[] = [];
    for (let run = 0; run < runs; run++) {
      ours.push(await up(folder, file));
      store.push(writtenDirectly(join(folder, `store ${run}`), file));
    }
    const [our, own] = [median(ours), median(store)];
    return {
      case: "local",
      options: { entries, keys, valueBytes, runs },
      ours: { seconds: round(our), storeSeconds: round(own) },
      baseline: { seconds: round(baseline) },
      ratio: round(our / baseline),
      ratioOf: "seconds",
      misses: [
        ...missed("pulumi up, in runs of wrangler,", our / baseline, 0.1),
        ...missed("seconds of the store's own", own, storeSeconds * Math.max(1, entries / 10_000)),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function projectIn(folder: string, name: string): string {
  const project = mkdtempSync(join(folder, name));
  writeFileSync(
    join(project, "wrangler.jsonc"),
    JSON.stringify({ name: "worker", kv_namespaces: [{ binding, id: namespaceId }] }),
  );
  return project;
}

/** Once: it takes as long as all else together. */
async function bulkPut(folder: string, file: string): Promise<number> {
  const project = projectIn(folder, "theirs-");
  writeBulkFile(file, join(project, "bulk.json"));
  const args = ["kv", "bulk", "put", "bulk.json", "--binding", binding, "--local"];
  const [seconds] = await timed(() => wrangler(folder, project, args));
  return seconds;
}

async function up(folder: string, file: string): Promise<number> {
  const emulator = await EmulatorProcess.ofWrangler(projectIn(folder, "ours-"));
  const world = await World.create("plugin", "real", { config: { "cloudflare-kv:baseUrl": emulator.url } });
  try {
    writeFileSync(join(world.dir, "seed.ndjson"), readFileSync(file));
    writeFileSync(join(world.dir, "Pulumi.yaml"), program);
    // What Pulumi does once for a stack and a machine is not of this.
    await world.engine.preview();
    const [seconds, { ok, text }] = await timed(() => world.engine.up(["--skip-preview"]));
    if (!ok) throw new Error(text);
    return seconds;
  } finally {
    await world.close();
    await emulator.kill();
  }
}

/** The seconds that the store takes without anything before it, as one request brings them. */
function writtenDirectly(root: string, file: string): number {
  const pairs = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { key: string; value: string })
    .map(({ key, value }) => ({ key, value: Buffer.from(value), metadata: null, expiration: null }));
  const store = new WranglerStore({ root, declared: [{ title: binding, localId: namespaceId }] });
  const from = performance.now();
  store.write(store.namespaces.byId(namespaceId) as Namespace, pairs, Date.now());
  const seconds = (performance.now() - from) / 1000;
  store.close();
  return seconds;
}
