import { Halted, messageOf, Unable, Untried } from "./errors";
import { type Ask, costOf, type Places, type Stage } from "./stage";
import type { Traffic } from "./traffic";

/** An assumption about the API, and the few requests that show whether it holds. */
export interface Probe {
  /** The entry of the emulator's `choices`, or another word; behind a dot, which part of it. */
  readonly name: string;
  /** A sentence. */
  readonly assumption: string;
  /** At most, but for what is asked again; a namespace counts with its removal. */
  readonly cost: Partial<Traffic>;
  /**
   * The outcome in a few words: a status, a code, what became of a value. It never has a value, a title, or an id. The
   * emulator's is what is expected of the API.
   *
   * @throws Untried where this account lacks what it takes.
   */
  run(stage: Stage): Promise<string>;
}

/** A probe of one request, whose status and code are the outcome. */
export function asking(name: string, assumption: string, ask: (places: Places) => Ask): Probe {
  const nowhere: Places = { mark: "", main: "0".repeat(32), listed: "0".repeat(32) };
  return { name, assumption, cost: costOf(ask(nowhere)), run: (stage) => stage.outcome(ask(stage)) };
}

/** What came of a probe on one side. */
export interface Observed {
  /** In words, for the table. */
  readonly outcome: string;
  /** Whether the assumption could be tried at all. */
  readonly isTried: boolean;
}

/** A failure of the probe itself is an outcome, too. */
export async function observe(probe: Probe, stage: Stage): Promise<Observed> {
  try {
    return { outcome: await probe.run(stage), isTried: true };
  } catch (error) {
    if (error instanceof Halted || error instanceof Unable) throw error;
    if (error instanceof Untried) return { outcome: `not tried: ${error.message}`, isTried: false };
    return { outcome: `no answer: ${messageOf(error)}`, isTried: true };
  }
}
