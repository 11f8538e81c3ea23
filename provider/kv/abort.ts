/**
 * Acts when the signal is aborted, until it is told to stop: the signal of a call, or of a whole run, lives much longer
 * than what waits for an answer, and would hold all that its listeners know.
 */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  signal?.addEventListener("abort", act, { once: true });
  return () => signal?.removeEventListener("abort", act);
}
