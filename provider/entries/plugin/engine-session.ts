import type { Core } from "../../core";
import type { Call } from "../../pulumi/resource-provider";
import { type EngineLog, engineLog } from "../engine-log";

/** What this process knows of the engine that uses it: a new one may attach, and each may cancel and go on. */
export class EngineSession {
  readonly log: EngineLog = engineLog(() => this.#address);
  readonly #load: () => Core;
  #core: Core | undefined;
  #address: string | undefined;
  #run = new AbortController();

  constructor(load: () => Core, address?: string) {
    this.#load = load;
    this.#address = address;
  }

  get core(): Core {
    this.#core ??= this.#attached(this.#load());
    return this.#core;
  }

  /** Ends when the engine cancels. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Runs a call until one of the signals ends it; what it has to say is said before it is answered. */
  async runCall<Result>(
    {
      urn,
      preview,
      secrets,
      until,
    }: Pick<Call, "urn" | "preview" | "secrets"> & {
      readonly until: readonly AbortSignal[];
    },
    answer: (call: Call) => Promise<Result>,
  ): Promise<Result> {
    const log = this.log.for(urn);
    try {
      return await answer({ urn, preview, secrets, signal: AbortSignal.any([this.signal, ...until]), log });
    } finally {
      await log.end();
    }
  }

  attach(address: string): void {
    if (address === "" || address === this.#address) return;
    this.#address = address;
    this.log.close();
    this.#core?.attach(address);
  }

  cancel(): void {
    this.#run.abort(cancellation());
    this.#run = new AbortController();
    this.log.close();
    this.#core?.cancel();
  }

  #attached(core: Core): Core {
    if (this.#address) core.attach(this.#address);
    return core;
  }
}

/** Why a call ends that nobody waits for. */
export function cancellation(): Error {
  return Object.assign(new Error("the operation was cancelled"), { name: "AbortError" });
}
