import type { Client } from "../kv/client";
import type { Clock } from "../kv/clock";
import type { Coalescer } from "../kv/coalescer";
import type { Limiter } from "../kv/limiter";
import type { Transport } from "../kv/transport";
import { version } from "../version";
import { type Config, ConfigError } from "./config";

/** The API as one configuration leads to it; without a configuration, whatever is asked for throws. */
export class Connection {
  readonly #config: Config | undefined;
  readonly #clock: Clock;
  readonly #limiter: (config: Config) => Limiter;
  #transport: Transport | undefined;
  #client: Client | undefined;
  #keys: Coalescer | undefined;
  #calls = 0;
  #isReplaced = false;

  /** @param limiter The one of the credential: what that has sent counts, whatever else is configured anew. */
  constructor(config: Config | undefined, clock: Clock, limiter: (config: Config) => Limiter) {
    this.#config = config;
    this.#clock = clock;
    this.#limiter = limiter;
  }

  /** @throws ConfigError where nothing is configured. */
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
    const { Coalescer } = require("../kv/coalescer") as typeof import("../kv/coalescer");
    this.#keys ??= new Coalescer(this.client, this.#clock, this.config.coalescing);
    return this.#keys;
  }

  /** Keeps what the call uses until it has ended, whatever is configured meanwhile. */
  async hold<T>(call: () => Promise<T>): Promise<T> {
    this.#calls++;
    try {
      return await call();
    } finally {
      this.#calls--;
      this.#closeIfDone();
    }
  }

  /** Another configuration has come: closes what is open, once no call uses it. */
  replace(): void {
    this.#isReplaced = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isReplaced && this.#calls === 0) void this.#transport?.close();
  }

  #connect(): Client {
    const { Client } = require("../kv/client") as typeof import("../kv/client");
    const { Transport } = require("../kv/transport") as typeof import("../kv/transport");
    const userAgent = `pulumi-cloudflare-kv/${version} node/${process.versions.node}`;
    const limiter = this.#limiter(this.config);
    this.#transport = new Transport({ ...this.config, userAgent, clock: this.#clock, limiter });
    return new Client(this.#transport, this.#clock);
  }
}
