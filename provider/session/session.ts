import type { Clock } from "../kv/clock";
import type { Limiter } from "../kv/limiter";
import type { Call } from "../pulumi/resource-provider";
import { Claims } from "./claims";
import { type Config, type ConfigSources, resolveConfig } from "./config";
import { Connection } from "./connection";
import type { CallContext } from "./context";
import { Run } from "./run";
import { SharedClaims } from "./shared-claims";

/** What the calls of one process share, one after the other: the connection to the API, and the run. */
export class ProviderSession {
  readonly #clock: Clock;
  readonly #slowestStartMs: number;
  #run = new Run(new Claims());
  #connection: Connection;
  #sources = "";
  readonly #limiters = new Map<string, Limiter>();
  #engineAddress: string | undefined;

  /** @param slowestStartMs How long any other provider of the run may take to start, in milliseconds. */
  constructor(clock: Clock, slowestStartMs = 0) {
    this.#clock = clock;
    this.#slowestStartMs = slowestStartMs;
    this.#connection = this.#connect(undefined);
  }

  /** The same sources again change nothing: the dynamic process configures once for each type of resource. */
  configure(sources: ConfigSources): void {
    const fingerprint = JSON.stringify(sources);
    if (fingerprint === this.#sources) return;
    const config = resolveConfig(sources);
    this.#sources = fingerprint;
    this.#connection.replace();
    this.#connection = this.#connect(config);
  }

  /** Runs a call with what it may look at, and keeps that for so long. */
  during<T>(call: Call, run: (context: CallContext) => Promise<T>): Promise<T> {
    const context = this.context(call);
    return context.connection.hold(() => run(context));
  }

  /** What a call that begins now may look at. */
  context(call: Call): CallContext {
    return Object.freeze({ ...call, clock: this.#clock, connection: this.#connection, run: this.#run });
  }

  /** Another engine is another run. Those who serve it are told what is declared here, and tell what they declare. */
  attach(engineAddress: string): void {
    if (this.#engineAddress === engineAddress) return;
    this.#engineAddress = engineAddress;
    this.end();
  }

  /** Ends the run; the next call begins another. */
  end(): void {
    this.#run.claims.end();
    const address = this.#engineAddress;
    const shared = address === undefined ? undefined : new SharedClaims(address, this.#clock);
    this.#run = new Run(new Claims(shared, this.#slowestStartMs));
  }

  #connect(config: Config | undefined): Connection {
    return new Connection(config, this.#clock, (used) => this.#limiter(used));
  }

  #limiter(config: Config): Limiter {
    const { Limiter } = require("../kv/limiter") as typeof import("../kv/limiter");
    const credential = JSON.stringify(config.credential);
    const limiter = this.#limiters.get(credential) ?? new Limiter(this.#clock);
    this.#limiters.set(credential, limiter);
    limiter.adjust(config);
    return limiter;
  }
}
