import { counted } from "../../provider/resources/key-value-set/format";
import { checkAccount } from "./account";
import { removeAll } from "./cleanup";
import { compare, expectedOf } from "./compare";
import { settingsFor, type TargetSettings } from "./emulator-settings";
import { Halted } from "./errors";
import { haltOnInterrupt } from "./interrupt";
import { newMark } from "./mark";
import type { Part } from "./options";
import { none, usual } from "./patience";
import { announcement, expectedTraffic, mostTraffic } from "./plan";
import { probes } from "./probes";
import { Relay } from "./relay";
import { play } from "./scenario";
import { scenarios } from "./scenarios";
import { Sender } from "./sender";
import { engineName } from "./stack";
import { Stage } from "./stage";
import { differenceText, isDifference, type Row } from "./table";
import type { Target } from "./target";
import { textOf } from "./traffic";

/** Tries the chosen parts on the target. Answers the exit code; whatever happens, no namespace is left. */
export async function run(target: Target, parts: readonly Part[]): Promise<number> {
  const halt = haltOnInterrupt();
  const sender = new Sender(target, mostTraffic(parts), halt.signal);
  const mark = newMark();
  console.log(announcement(target, mark, parts));
  await checkAccount(sender, expectedTraffic(parts).namespaces);
  const settings = await settingsFor(target);
  if (settings.isEmulator) console.log(emulatorText);
  const patience = settings.isEmulator ? none : usual;
  const stage = new Stage(sender, mark, patience, halt.signal, (text) => console.error(text));
  let isAsAssumed: boolean;
  let isClean = false;
  try {
    isAsAssumed = await tryAll(parts, { stage, settings, halt: halt.signal });
  } catch (error) {
    throw halt.error ?? error;
  } finally {
    isClean = await cleanUp(sender, mark);
  }
  console.log(`Sent ${textOf(sender.spent)}.`);
  return isAsAssumed && isClean ? 0 : 1;
}

const emulatorText = "An emulator is in the API's place: what it is told to let pass is no difference.";

/** Answers whether no namespace is left. */
async function cleanUp(sender: Sender, mark: string): Promise<boolean> {
  const left = await removeAll(sender, (title) => title.trimStart().startsWith(mark));
  for (const text of left) console.error(`A namespace is left, \`npm run test:live -- --clean\` removes it: ${text}`);
  if (left.length === 0) console.log("\nIts namespaces are removed.");
  return left.length === 0;
}

interface Trial {
  readonly stage: Stage;
  readonly settings: TargetSettings;
  readonly halt: AbortSignal;
}

async function tryAll(parts: readonly Part[], trial: Trial): Promise<boolean> {
  const differences = parts.includes("assumptions") ? await tryAssumptions(trial) : 0;
  const failures = parts.includes("scenarios") ? await playScenarios(trial) : 0;
  return differences + failures === 0;
}

/** Answers how many differ. */
async function tryAssumptions({ stage, settings, halt }: Trial): Promise<number> {
  const announced = mostTraffic(["assumptions"]);
  const expected = await expectedOf(probes, { settings, mark: stage.mark, announced, halt });
  await stage.prepare();
  console.log("");
  const rows = await compare(probes, expected, stage, (line) => console.log(line));
  const differences = rows.filter(isDifference);
  console.log(`\n${summaryOf(rows, differences.length)}`);
  for (const row of differences) console.log(differenceText(row));
  return differences.length;
}

function summaryOf(rows: readonly Row[], differences: number): string {
  const untried = rows.filter(({ emulator, real }) => !emulator.isTried || !real.isTried).length;
  const rest = untried === 0 ? "" : `, ${untried} could not be tried`;
  return `${counted(rows.length, "assumption")}: ${counted(differences, "difference")}${rest}.`;
}

/** Answers how many fail. */
async function playScenarios({ stage, settings, halt }: Trial): Promise<number> {
  console.log(`\nScenarios, with ${engineName}:`);
  const relay = await Relay.start(stage.sender);
  const consistency = process.env.CLOUDFLARE_KV_CONSISTENCY_SECONDS ?? (settings.isEmulator ? "0" : undefined);
  let failures = 0;
  try {
    for (const scenario of scenarios) {
      if (halt.aborted) throw new Halted();
      let steps = 0;
      const failure = await play(scenario, stage, relay, consistency, () => steps++);
      if (failure) failures++;
      console.log(failure ? `FAIL  ${scenario.name}: ${failure}` : `ok    ${scenario.name}: ${steps} steps`);
    }
  } finally {
    await relay.close();
  }
  return failures;
}
