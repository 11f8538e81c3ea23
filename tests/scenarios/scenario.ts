import { hasPulumi } from "../../tools/stack/real";
import type { Door } from "../../tools/stack/stack";
import { World, type WorldSettings } from "../../tools/stack/world";
import { Recorder } from "../../tools/transcripts/recorder";
import { fileNameOf, recorded } from "../../tools/transcripts/transcript";

/** One behaviour, as a user meets it, from an empty stack. */
export interface Scenario {
  readonly name: string;
  /** `real` where only the real engine has what is tried. */
  readonly engine?: "real";
  readonly door?: Door;
  /** The plugin is in this process, unless it is killed, or there are several. */
  readonly settings?: WorldSettings;
  play(world: World): Promise<void>;
}

const doors: readonly Door[] = ["dynamic", "plugin"];
const patienceMs = 240_000;

const isRecording = process.env.RECORD_TRANSCRIPTS === "1";

export interface PlayOptions {
  /** What the real engine sends is recorded by `npm run record` below this name, and replayed where it is not. */
  readonly transcribed?: string;
  /**
   * Through which ways in the stand-in plays: both where what is tried is theirs. Else the plugin alone, for the rules are
   * the same below, and none where a transcript of the real engine is replayed.
   */
  readonly standIn?: readonly Door[];
}

/** Of scenarios about what a way in does itself. */
export const bothWays: PlayOptions = { standIn: ["dynamic", "plugin"] };

/** Plays each scenario, with the real engine through both ways in; what is not here is named as skipped. */
export function playAll(scenarios: readonly Scenario[], options: PlayOptions = {}): void {
  const { transcribed: subject, standIn = subject ? [] : ["plugin"] } = options;
  if (isRecording && !hasPulumi) throw new Error("only the Pulumi CLI can be recorded: put it on PATH");
  for (const scenario of scenarios) {
    for (const door of doorsOf(scenario)) {
      const isStandIn = !scenario.engine && (scenario.door !== undefined || standIn.includes(door));
      for (const engine of isStandIn ? (["stand-in", "real"] as const) : ["real" as const]) {
        const isHere = engine === "stand-in" || hasPulumi;
        const recorder =
          isRecording && subject && engine === "real" ? new Recorder(subject, scenario.name, door) : undefined;
        (isHere ? test : test.skip)(
          `scenario/${scenario.name}/${door}/${engine}`,
          () => play(scenario, door, engine, recorder),
          patienceMs,
        );
      }
    }
  }
  if (subject) test("every scenario has its transcripts", () => expectTranscriptsOf(subject, scenarios));
}

async function play(
  scenario: Scenario,
  door: Door,
  engine: "stand-in" | "real",
  recorder: Recorder | undefined,
): Promise<void> {
  const world = await World.create(door, engine, { isInProcess: true, ...scenario.settings }, recorder);
  try {
    await scenario.play(world);
    recorder?.save();
  } finally {
    await world.close();
  }
}

function expectTranscriptsOf(subject: string, scenarios: readonly Scenario[]): void {
  const filesOf = (scenario: Scenario) => doorsOf(scenario).map((door) => fileNameOf(subject, scenario.name, door));
  const expected = scenarios.flatMap(filesOf);
  expect(recorded(subject).sort()).toEqual(expected.sort());
}

function doorsOf({ door }: Scenario): readonly Door[] {
  return door ? [door] : doors;
}
