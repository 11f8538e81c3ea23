import type { Client } from "../kv/client";
import type { Clock } from "../kv/clock";
import type { Coalescer } from "../kv/coalescer";
import type { Limiter } from "../kv/limiter";
import { version } from "../version";
import { Claims } from "./claims";
import type { ConfigSources } from "./config";
import { type Config, ConfigError, resolveConfig } from "./config";
import { SharedClaims } from "./shared-claims";

/** What the resources of one process share: the configuration, the client, and what the run has declared. */
export class Session {
  readonly clock: Clock;
  #claims = new Claims();
  #config: Config | undefined;
  #sources = "";
  #client: Client | undefined;
  #keys: Coalescer | undefined;
  /** By credential: what each has sent in the last minutes counts, whatever else is configured anew. */
  readonly #limiters = new Map<string, Limiter>();
  #engineAddress: string | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The same sources again change nothing: the dynamic process configures once for each type of resource. */
  configure(sources: ConfigSources): void {
    const fingerprint = JSON.stringify(sources);
    if (this.#config && fingerprint === this.#sources) return;
    this.#config = resolveConfig(sources);
    this.#sources = fingerprint;
    this.#client = undefined;
    this.#keys = undefined;
  }

  /** Those of this run. A call asks once: what ends after its run says nothing in the next. */
  get claims(): Claims {
    return this.#claims;
  }

  get config(): Config {
    if (!this.#config) throw new ConfigError("The provider was not configured");
    return this.#config;
  }

  /** Loaded with the first request: most calls of a preview send none. */
  get client(): Client {
    this.#client ??= this.#connect();
    return this.#client;
  }

  /** Single keys, which many resources write and read at about the same time. */
  get keys(): Coalescer {
    this.#keys ??= this.#connectKeys();
    return this.#keys;
  }

  /** Another engine is another run. Those who serve it are told what is declared here, and tell what they declare. */
  attach(engineAddress: string): void {
    if (this.#engineAddress === engineAddress) return;
    this.#engineAddress = engineAddress;
    this.end();
  }

  end(): void {
    this.#claims.end();
    const address = this.#engineAddress;
    this.#claims = new Claims(address === undefined ? undefined : new SharedClaims(address, this.clock));
  }

  #connectKeys(): Coalescer {
    const { Coalescer } = require("../kv/coalescer") as typeof import("../kv/coalescer");
    return new Coalescer(this.client, this.clock, this.config.coalescing);
  }

  #connect(): Client {
    const { Client } = require("../kv/client") as typeof import("../kv/client");
    const { Transport } = require("../kv/transport") as typeof import("../kv/transport");
    const userAgent = `pulumi-cloudflare-kv/${version} node/${process.versions.node}`;
    return new Client(
      new Transport({ ...this.config, userAgent, clock: this.clock, limiter: this.#limiter() }),
      this.clock,
    );
  }

  #limiter(): Limiter {
    const { Limiter } = require("../kv/limiter") as typeof import("../kv/limiter");
    const credential = JSON.stringify(this.config.credential);
    const limiter = this.#limiters.get(credential) ?? new Limiter(this.clock);
    this.#limiters.set(credential, limiter);
    limiter.adjust(this.config);
    return limiter;
  }
}
