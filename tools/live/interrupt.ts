const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const interruptedText = "Interrupted: removing the namespaces. Once more ends at once, and leaves them to --clean.";

/** When nothing more is to be begun. */
export interface Halt {
  readonly signal: AbortSignal;
  /** The error that nobody has caught, if that is why. */
  readonly error: unknown;
}

/** The first signal halts, as an error does that nobody catches; a second one ends the process as if nobody listened. */
export function haltOnInterrupt(): Halt {
  const controller = new AbortController();
  const halt = { signal: controller.signal, error: undefined as unknown };
  const interrupt = () => {
    for (const signal of signals) process.removeListener(signal, interrupt);
    console.error(interruptedText);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  process.once("uncaughtException", (error) => {
    halt.error = error;
    controller.abort();
  });
  return halt;
}
