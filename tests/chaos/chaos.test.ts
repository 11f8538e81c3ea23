import { execFileSync } from "node:child_process";
import { chaos } from "../../tools/chaos/chaos";
import { drawPlan } from "../../tools/chaos/plan";
import { runSeed } from "../../tools/chaos/run";
import { sabotaged, sabotages } from "../../tools/chaos/sabotage";

test("random programs under faults, kills and strangers lose nothing and leave nothing behind", async () => {
  const notes: string[] = [];
  const total = await chaos({
    runs: 12,
    // Of the first thousand dozens one that takes little time.
    seed: 387,
    parallel: 5,
    onResult: (result) => notes.push(...result.notes.map((note) => `seed ${result.seed}: ${note}`)),
  });
  expect(notes).toEqual([]);
  expect(total.toJSON()).toMatchObject({ runs: 12, converged: 12 });
  expect(total.kills).toBeGreaterThan(0);
});

test("a run's plan follows from its seed", () => {
  expect(drawPlan(7)).toEqual(drawPlan(7));
  expect(drawPlan(7).editions).not.toEqual(drawPlan(8).editions);
});

test.each(sabotages)("what %s spoils is still there", (sabotage) => {
  const env = { ...process.env, ...sabotaged(sabotage) };
  execFileSync(process.execPath, ["--eval", ""], { env, stdio: "pipe" });
});

test.each([
  ["forget-claims", 4],
  ["forget-others", 4],
  ["early-removal", 12],
] as const)("a provider with the sabotage %s is caught", async (sabotage, seed) => {
  expect((await runSeed(seed, sabotage)).harm.lost).toBeGreaterThan(0);
});
