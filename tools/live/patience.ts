import { setTimeout as sleep } from "node:timers/promises";
import { Halted } from "./errors";

/** How long the store may take until it shows what was written. */
export interface Patience {
  /** Seconds before each further look. */
  readonly waits: readonly number[];
  /** Seconds in which a change is shown that nothing tells of. */
  readonly settling: number;
  /** Seconds after a write before the provider takes another value for somebody else's, and not for an older one. */
  readonly ageing: number;
}

/** An emulator shows everything at once. */
export const none: Patience = { waits: [], settling: 0, ageing: 0 };

/** What was written is shown elsewhere after a minute or more, and so is what was missing when it was looked for. */
export const usual: Patience = { waits: [1, 2, 5, 10, 20, 30, 30], settling: 3, ageing: 91 };

export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (seconds === 0) return;
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {
    throw new Halted();
  });
}

/** Asks again until the answer is as hoped for, or patience is at its end; the last answer. */
export async function until<T>(
  ask: () => Promise<T>,
  isHoped: (answer: T) => boolean,
  { waits }: Patience,
  signal: AbortSignal,
): Promise<T> {
  let answer = await ask();
  for (const wait of waits) {
    if (isHoped(answer)) break;
    await pause(wait, signal);
    answer = await ask();
  }
  return answer;
}
