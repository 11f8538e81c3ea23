import { Clock } from "./clock";
import { type ApiKey, Credentials } from "./credentials";
import { FaultPlan } from "./faults";
import { type Limits, limitsWith } from "./limits";
import { parseFaults } from "./parse-faults";
import { RateLimiter } from "./rate-limiter";
import type { LoggedRequest } from "./request-log";
import { SqliteStore } from "./sqlite-store";
import type { Store } from "./store";

export interface BackendOptions {
  /** The SQLite file; in memory by default. */
  file?: string;
  /** Another store than the emulator's own; it is closed with the emulator. */
  store?: Store;
  /** Added before every answer; 0 by default. */
  latencyMs?: number;
  /** The only API tokens accepted; with neither tokens nor keys, any credential that is not empty is. */
  tokens?: string[];
  /** The only pairs of e-mail address and API key accepted. */
  apiKeys?: ApiKey[];
  /** Awaited when a request has arrived, before its fault is chosen and it takes effect. */
  onRequest?: Observer;
  /** Awaited when a request has taken effect and been logged, before it is answered or its connection dropped. */
  onAnswer?: Observer;
}

/** Sees a request as it is logged; its status is 0 until it has taken effect. */
export type Observer = (request: Readonly<LoggedRequest>) => void | Promise<void>;

/** What the API answers from and what the control resource sets. */
export class Backend {
  readonly store: Store;
  readonly log: LoggedRequest[] = [];
  readonly clock = new Clock();
  readonly faults = new FaultPlan();
  readonly rateLimiter = new RateLimiter();
  readonly credentials: Credentials;
  readonly latencyMs: number;
  readonly onRequest: Observer | undefined;
  readonly onAnswer: Observer | undefined;
  #limits = limitsWith({});
  #forgotten = 0;

  constructor({ file, store, latencyMs = 0, tokens, apiKeys, onRequest, onAnswer }: BackendOptions) {
    this.store = store ?? new SqliteStore(file);
    this.latencyMs = latencyMs;
    this.onRequest = onRequest;
    this.onAnswer = onAnswer;
    this.credentials = new Credentials(tokens, apiKeys);
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** @throws TypeError with one sentence when something in the list is no fault, or the store cannot have it. */
  setFaults(faults: unknown): void {
    const parsed = parseFaults(faults);
    if (!this.store.hasEarlierVersions && parsed.some(({ action }) => action.type === "stale")) {
      throw new TypeError("A store of wrangler has no earlier versions: stale reads need the emulator's own store.");
    }
    this.faults.set(parsed);
  }

  /** Replaces some of the published limits; `{}` restores them all. Rate windows start anew. */
  setLimits(overrides: Partial<Limits>): void {
    this.#limits = limitsWith(overrides);
    this.rateLimiter.reset();
  }

  /** The only tokens accepted from now on; undefined or null accepts any. */
  setTokens(tokens?: string[] | null): void {
    const isList = Array.isArray(tokens) && tokens.every((token) => typeof token === "string");
    if (!isList && tokens !== undefined && tokens !== null) {
      throw new TypeError("Invalid tokens: expected an array of strings, or null.");
    }
    this.credentials.setTokens(tokens ?? undefined);
  }

  clearLog(): void {
    this.#forgotten += this.log.length;
    this.log.length = 0;
  }

  /**
   * The newest requests after a position; 0 is before the first request since the start. `first` is the position of the
   * first that is not forgotten, `next` the one to go on from.
   */
  logAfter(position: number, limit: number): { first: number; next: number; requests: LoggedRequest[] } {
    const first = this.#forgotten;
    const next = first + this.log.length;
    const from = Math.max(position, next - limit, first);
    return { first, next, requests: this.log.slice(from - first) };
  }
}
