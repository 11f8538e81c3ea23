import { nowSeconds } from "../kv/clock";
import type { CallContext } from "../session/context";

/** Pauses between looks at what may be shown late. */
export const lookAgainAfterMs = [500, 1000, 2000, 4000];

/** What a read found that cannot be believed: something older than the state's own last write. */
export const unsettled = Symbol("unsettled");

/**
 * Cloudflare shows a write elsewhere, and forgets a cached miss, after up to a minute. So a read soon after a write
 * that does not show it is repeated; when it still does not, the state is to be believed, with a warning.
 */
export async function readUntilConsistent<T>(
  writtenAt: number | undefined,
  look: () => Promise<T>,
  isBelievable: (found: T) => boolean,
  context: CallContext,
): Promise<T | typeof unsettled> {
  const { clock, connection, signal, log } = context;
  const { consistencySeconds } = connection.config;
  // A clock that was ahead when it was written is no reason to wait for longer.
  const settledAt = Math.min(writtenAt ?? 0, nowSeconds(clock)) + consistencySeconds;
  for (const pauseMs of [...lookAgainAfterMs, undefined]) {
    const found = await look();
    if (isBelievable(found) || nowSeconds(clock) >= settledAt) return found;
    if (pauseMs !== undefined) await clock.sleep(pauseMs, signal);
  }
  log.warning(
    `the store does not show yet what was written less than ${consistencySeconds} s ago; ` +
      "the state is kept, and a later refresh will tell",
  );
  return unsettled;
}
