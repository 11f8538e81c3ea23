import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Settings } from "./emulator-settings";
import { none } from "./patience";
import { type Observed, observe, type Probe } from "./probe";
import { Sender } from "./sender";
import { Stage } from "./stage";
import { type Row, Table } from "./table";
import type { Target } from "./target";
import type { Traffic } from "./traffic";

/** How many probes wait for the API at a time. */
const atOnce = 4;

/** What is expected: the outcome of each probe on an emulator of its own. */
export async function expectedOf(
  probes: readonly Probe[],
  { settings, mark, announced, halt }: ExpectedOptions,
): Promise<Observed[]> {
  const token = "the-token-of-the-emulator";
  const emulator: Emulator = await startEmulator(settings.acceptsAll ? {} : { tokens: [token] });
  emulator.setLimits(settings.limits);
  try {
    const target: Target = { baseUrl: emulator.url, accountId: "0123456789abcdef".repeat(2), token };
    const stage = new Stage(new Sender(target, announced, halt), mark, none, halt);
    await stage.prepare();
    const { outcomes, ended } = observeAll(probes, stage);
    await ended;
    return await Promise.all(outcomes);
  } finally {
    await emulator.close();
  }
}

export interface ExpectedOptions {
  readonly settings: Settings;
  readonly mark: string;
  readonly announced: Traffic;
  readonly halt: AbortSignal;
}

/** Compares one after the other, and prints the table as it grows. When it returns, or throws, nothing is under way. */
export async function compare(
  probes: readonly Probe[],
  expected: readonly Observed[],
  stage: Stage,
  print: (line: string) => void,
): Promise<Row[]> {
  const table = new Table(probes, expected);
  for (const line of table.head()) print(line);
  const { outcomes, ended } = observeAll(probes, stage);
  const rows: Row[] = [];
  try {
    for (const [index, probe] of probes.entries()) {
      const [emulator, real] = [expected[index], await outcomes[index]];
      if (!emulator || !real) break;
      const row = { probe, emulator, real };
      rows.push(row);
      print(table.row(row));
    }
  } finally {
    await ended;
  }
  return rows;
}

interface Observing {
  /** In the order of the probes. */
  readonly outcomes: readonly Promise<Observed>[];
  /** Resolves when nothing is under way any more, whatever failed. */
  readonly ended: Promise<unknown>;
}

/** A few probes run at a time; what ends the run ends those that have not begun, too. */
function observeAll(probes: readonly Probe[], stage: Stage): Observing {
  const all = probes.map((probe) => ({ probe, ...Promise.withResolvers<Observed>() }));
  const queue = all.values();
  const work = async () => {
    for (const { probe, resolve, reject } of queue) {
      await observe(probe, stage).then(resolve, (error: unknown) => {
        reject(error);
        for (const waiting of queue) waiting.reject(error);
      });
    }
  };
  const outcomes = all.map(({ promise }) => promise);
  // Only the first failure is waited for.
  for (const outcome of outcomes) outcome.catch(() => {});
  return { outcomes, ended: Promise.all(Array.from({ length: atOnce }, work)) };
}
