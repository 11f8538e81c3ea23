import { hasPulumi } from "./real";
import type { Door } from "./stack";
import { World, type WorldSettings } from "./world";

/** One behaviour, as a user meets it, from an empty stack. */
export interface Scenario {
  readonly name: string;
  /** `real` where only the real engine has what is tried. */
  readonly engine?: "real";
  readonly door?: Door;
  readonly settings?: WorldSettings;
  play(world: World): Promise<void>;
}

const doors: readonly Door[] = ["dynamic", "plugin"];
const patienceMs = 240_000;

/** Plays each scenario through each door with each engine that is here; what is not here is named as skipped. */
export function playAll(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    for (const door of scenario.door ? [scenario.door] : doors) {
      for (const engine of scenario.engine ? ["real" as const] : (["stand-in", "real"] as const)) {
        const isHere = engine === "stand-in" || hasPulumi;
        (isHere ? test : test.skip)(
          `scenario/${scenario.name}/${door}/${engine}`,
          () => play(scenario, door, engine),
          patienceMs,
        );
      }
    }
  }
}

async function play(scenario: Scenario, door: Door, engine: "stand-in" | "real"): Promise<void> {
  const world = await World.create(door, engine, scenario.settings);
  try {
    await scenario.play(world);
  } finally {
    await world.close();
  }
}
