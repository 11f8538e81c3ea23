import { version } from "../../provider/version";
import type { Observed, Probe } from "./probe";

/** What both sides did with one assumption. */
export interface Row {
  readonly probe: Probe;
  readonly emulator: Observed;
  readonly real: Observed;
}

/** What one side cannot try is no difference. */
export function isDifference({ emulator, real }: Row): boolean {
  return emulator.isTried && real.isTried && emulator.outcome !== real.outcome;
}

/** The lines of a table in Markdown, of which the rows are known one after the other, and the last column last. */
export class Table {
  readonly #widths: readonly [number, number];

  constructor(probes: readonly Probe[], expected: readonly Observed[]) {
    const width = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
    this.#widths = [width(probes.map(({ name }) => name)), width(expected.map(({ outcome }) => outcome))];
  }

  head(): string[] {
    const [name, outcome] = this.#widths;
    return [this.#line("assumption", "emulator", "API"), this.#line("-".repeat(name), "-".repeat(outcome), "---")];
  }

  row(row: Row): string {
    const { probe, emulator, real } = row;
    return this.#line(probe.name, emulator.outcome, isDifference(row) ? `**${real.outcome}**` : real.outcome);
  }

  #line(name: string, expected: string, real: string): string {
    const [nameWidth, outcomeWidth] = this.#widths;
    return `| ${name.padEnd(nameWidth)} | ${expected.padEnd(outcomeWidth)} | ${real} |`;
  }
}

/** A line for an issue. */
export function differenceText({ probe, emulator, real }: Row, today = new Date()): string {
  const where = `${today.toISOString().slice(0, 10)}, ${version}`;
  return `- ${probe.name}: the emulator answers ${emulator.outcome}, the API ${real.outcome}; assumed: "${probe.assumption}" (${where})`;
}
