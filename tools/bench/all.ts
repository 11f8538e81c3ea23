import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasPulumi } from "../stack/real";
import { chart, type Line } from "./chart";
import type { Result } from "./figures";
import type { Options } from "./options";

const root = join(__dirname, "..", "..", "..");

export type Case = (options: Options) => Promise<Result>;

/** Sizes of a set that are seeded with every tool. */
const sizes = [1_000, 10_000, 100_000];

const withPulumi: [name: string, options: Partial<Options>][] = [
  ["up", {}],
  ["yaml-preview", {}],
  ["local", { entries: 10_000, runs: 3 }],
  ["coalesce", { engine: "real", resources: 1500, parallel: 200, latencyMs: 200, runs: 1 }],
];

/** Every case as its bar has it: one table, and the drawing that the README shows. Answers whether all bars were met. */
export async function all(cases: ReadonlyMap<string, Case>, options: Options): Promise<boolean> {
  const plans: [name: string, options: Partial<Options>][] = [
    ["start", {}],
    ["memory", {}],
    ["requests", {}],
    ["coalesce", { parallel: 100 }],
    ["coalesce", { parallel: 16 }],
    ["manifest", {}],
    ["manifest", { keys: "uuid" }],
    ...sizes.map((entries): [string, Partial<Options>] => ["seed", { entries, peer: "wrangler" }]),
    ["seed", { valueBytes: 1000 }],
    ["seed", { entries: 1_000_000, runs: 1 }],
    ["change", {}],
    ["adopt", { entries: 5_000 }],
    ["export", {}],
    ["refresh", { entries: 10_000 }],
    ["preview", {}],
    ...(hasPulumi ? withPulumi : []),
  ];
  const results: Result[] = [];
  console.log("| case | options | ours | baseline | ratio | |\n|---|---|---|---|---|---|");
  for (const [name, more] of plans) {
    const result = await cases.get(name)?.({ ...options, ...more });
    if (!result) throw new Error(`there is no case ${name}`);
    results.push(result);
    console.log(row(result));
  }
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs", "bench.svg"), chart(linesOf(results)));
  return results.every(({ misses }) => misses.length === 0);
}

function row({ case: name, options, ours, baseline, peer, ratio, ratioOf, misses }: Result): string {
  const text = (figures: object) => JSON.stringify(figures).replaceAll(/[{}"]/g, "").replaceAll(",", ", ");
  const withPeer = peer ? `${text(baseline)}; wrangler ${text(peer)}` : text(baseline);
  const verdict = misses.length === 0 ? "met" : `missed: ${misses.join("; ")}`;
  return `| ${name} | ${text(options)} | ${text(ours)} | ${withPeer} | ${ratio} (${ratioOf}) | ${verdict} |`;
}

function linesOf(results: readonly Result[]): Line[] {
  const seeds = results.filter((result) => result.case === "seed" && result.options.valueBytes === 100);
  const line = (label: string, of: (result: Result) => number | undefined): Line => ({
    label,
    points: seeds.flatMap((result) => {
      const seconds = of(result);
      return seconds === undefined ? [] : [{ entries: Number(result.options.entries), seconds }];
    }),
  });
  return [
    line("KeyValueSet", ({ ours }) => ours.seconds),
    line("straight loop", ({ baseline }) => baseline.seconds),
    line("wrangler kv bulk put", ({ peer }) => peer?.seconds),
  ];
}
