import { limits } from "./limits";

/** UTF-8 bytes of a request's body: with larger ones the API was seen to run out of time (524). */
export const maxBodyBytes = 8 * 1024 * 1024;
/** In flight at once. */
export const maxRequests = 8;

/** Smaller limits of size are nobody's: a body refused below was refused for what it holds. */
const minBodyBytes = 1024 * 1024;
const firstItems = 1000;
const growth = 10;
/** An answer within this time leaves room for ten times the items before any timeout. */
const quickMs = 2000;

/**
 * How much the next request holds, learned from the answers. The first request travels alone and is small, so that a
 * refused credential, a missing namespace or a slow API costs little; a quick answer opens the way.
 */
export class BatchSize {
  #items = firstItems;
  #bytes = maxBodyBytes;
  #requests = 1;

  get items(): number {
    return this.#items;
  }

  /** UTF-8 bytes of the body. */
  get bytes(): number {
    return this.#bytes;
  }

  /** In flight at once. */
  get requests(): number {
    return this.#requests;
  }

  accepted(items: number, tookMs: number): void {
    this.#requests = maxRequests;
    if (tookMs <= quickMs) this.#items = Math.max(this.#items, Math.min(items * growth, limits.maxBulkPairs));
  }

  tooSlow(items: number): void {
    this.#items = Math.min(this.#items, Math.ceil(items / 2));
  }

  /** For good: a limit of size is somebody's configuration, and does not pass by itself. */
  tooLarge(bytes: number): void {
    this.#bytes = Math.min(this.#bytes, Math.max(Math.ceil(bytes / 2), minBodyBytes));
  }
}
