import { ApiError, refusal } from "./api-error";
import type { Call } from "./call";
import { choices } from "./choices";
import type { Namespace } from "./namespace-table";
import type { Pair } from "./store";

/** What a namespace of the mode `instant` takes. */
export const instantLimits = { maxKeyBytes: 300, maxPairs: 10_000, maxBytes: 1_000_000 } as const;

/** Refuses what a namespace of the mode `instant` does not take, and any other does. */
export function checkInstant(call: Call, namespace: Namespace, pairs: readonly Pair[]): void {
  if (namespace.mode !== "instant") return;
  for (const { key, metadata } of pairs) {
    const length = Buffer.byteLength(key);
    if (length > instantLimits.maxKeyBytes) {
      const text = `UTF-8 encoded length of ${length} exceeds key length limit of ${instantLimits.maxKeyBytes}.`;
      throw refusal(choices.keyTooLong, text);
    }
    if (metadata !== null) throw refusal(choices.instantMetadata, "metadata is not supported in instant namespaces");
  }
  const { count, bytes } = call.store.sizeWith(namespace, pairs);
  if (count > instantLimits.maxPairs)
    throw refusal(choices.instantFull, `an instant namespace holds at most ${instantLimits.maxPairs} pairs`);
  if (bytes > instantLimits.maxBytes)
    throw refusal(choices.instantFull, `an instant namespace holds at most ${instantLimits.maxBytes} bytes`);
}

/** A namespace of the mode `instant` takes one write a second, where limits by the second are on. */
export function checkInstantPace(call: Call, namespace: Namespace): void {
  if (namespace.mode !== "instant" || !call.limits.sameKeyPerSecond) return;
  const writtenAt = call.store.lastWrittenAt(namespace);
  if (writtenAt === undefined || call.nowMs - writtenAt >= 1000) return;
  const { status, code } = choices.sameKeyTooSoon;
  throw new ApiError(status, code, "too many requests", true, { "retry-after": "1" });
}
