import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasPulumi } from "../stack/real";
import { World } from "../stack/world";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { timed } from "./provider-process";

const secondsMore = 1;

/** A namespace, eight keys and a set. */
const resources = `resources:
  ns:
    type: cloudflare-kv:Namespace
${Array.from({ length: 8 }, (_, index) => keyText(`key${index}`)).join("")}  set:
    type: cloudflare-kv:KeyValueSet
    properties:
      namespaceId: \${ns.namespaceId}
      keyPrefix: "set:"
      values: { a: one, b: two }
`;

function keyText(name: string): string {
  return `  ${name}:
    type: cloudflare-kv:KeyValue
    properties: { namespaceId: "\${ns.namespaceId}", key: ${name}, value: one }
`;
}

/** A `pulumi preview` that finds nothing to do, of ten resources in YAML, against the same stack without resources. */
export async function yamlPreview({ runs }: Options): Promise<Result> {
  if (!hasPulumi) throw new Error("the case yaml-preview needs the Pulumi CLI: put pulumi on PATH");
  const [full, empty] = [await broughtUp(resources), await broughtUp("")];
  const ours: number[] = [];
  const baseline: number[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      baseline.push(await seconds(empty));
      ours.push(await seconds(full));
    }
  } finally {
    await Promise.all([full.close(), empty.close()]);
  }
  const [our, base] = [median(ours), median(baseline)];
  return {
    case: "yaml-preview",
    options: { resources: 10, runs },
    ours: { seconds: round(our) },
    baseline: { seconds: round(base) },
    ratio: round(our / base),
    ratioOf: "seconds",
    misses: missed("seconds more than without resources", our - base, secondsMore),
  };
}

async function broughtUp(text: string): Promise<World> {
  const world = await World.create("plugin", "real");
  writeFileSync(join(world.dir, "Pulumi.yaml"), `name: project\nruntime: yaml\n${text}`);
  await world.up();
  return world;
}

async function seconds(world: World): Promise<number> {
  const [took, { ok, steps, text }] = await timed(() => world.engine.preview());
  if (!ok || steps.length > 0) throw new Error(text);
  return took;
}
