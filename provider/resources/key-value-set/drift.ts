import type { ListedKey } from "../../kv/answers";
import { nowSeconds } from "../../kv/clock";
import { limits } from "../../kv/limits";
import { type FoundValue, readValues } from "../../kv/stored-value";
import { type CallContext, callOptions } from "../../session/context";
import type { SetAddress } from "./id";
import { keysBelow } from "./list-keys";
import type { ManifestEntry } from "./manifest/format";
import { hashAs, Manifest, metadataHash } from "./manifest/manifest";
import { hasDeclaredExpired } from "./plan";

/** One key as it was found; without the value where only the list was asked. */
export type FoundKey = Omit<FoundValue, "value"> & Partial<FoundValue>;

/** What a look at the store has found. */
export interface Findings {
  /** What there is of the set. */
  readonly live: Manifest;
  /** Known to the set, and not there. */
  readonly missing: readonly string[];
  /** There, but not as the set has written them. */
  readonly changed: ReadonlyMap<string, FoundKey>;
  /** How many it took, unless values were not text, or too large to be read together. */
  readonly requests: number;
}

/** How far a list may go in search of a set's keys among others before they are asked for by name. */
const sparePages = 10;
/** Clocks differ, and a request takes its time: the end of a time to live is not known better. */
const ttlToleranceSeconds = 60;

/** Compares what a set knows to be in the store with what is there. */
export class Inspection {
  readonly #address: SetAddress;
  readonly #stored: Manifest;
  readonly #context: CallContext;
  readonly #live = Manifest.empty();
  readonly #changed = new Map<string, FoundKey>();
  #requests = 0;

  constructor(address: SetAddress, stored: Manifest, context: CallContext) {
    this.#address = address;
    this.#stored = stored;
    this.#context = context;
    this.#passOverExpired();
  }

  /** A request for every hundred keys, and two for each that is not text. */
  async ofValues(): Promise<Findings> {
    await this.#read(this.#unseen());
    return this.#findings();
  }

  /** The same for keys of which many may not be there: a list says which are, as far as it is short. */
  async ofPresent(): Promise<Findings> {
    if (this.#stored.size <= limits.maxBulkReadKeys) return this.ofValues();
    const present = await this.#present();
    await this.#read(present ?? this.#unseen());
    return this.#findings();
  }

  /** Undefined where too much else is there. */
  async #present(): Promise<string[] | undefined> {
    const present: string[] = [];
    for await (const keys of this.#pages()) {
      if (!keys) return undefined;
      present.push(...keys.map(({ name }) => name).filter((name) => this.#stored.has(name)));
      if (present.length === this.#stored.size) break;
    }
    return present;
  }

  /** Pages of the list, and undefined in place of the rest where they would be many more than those of the set's keys. */
  async *#pages(): AsyncGenerator<readonly ListedKey[] | undefined, void, void> {
    let pagesLeft = sparePages + (2 * this.#stored.size) / limits.maxKeysPerPage;
    for await (const keys of keysBelow(this.#address, this.#context)) {
      this.#requests++;
      yield keys;
      if (--pagesLeft < 0) return yield undefined;
    }
  }

  /** A request for every thousand keys below the prefix: presence, metadata and expiration. */
  async ofKeys(): Promise<Findings> {
    for await (const keys of this.#pages()) {
      if (!keys) await this.#read(this.#unseen());
      for (const { name, metadata, expiration } of keys ?? []) {
        this.#compare(name, { metadata, expiration: expiration ?? undefined });
      }
      if (this.#live.size === this.#stored.size) break;
    }
    return this.#findings();
  }

  /** What was declared with a time that has passed is no drift, whatever there is now: nobody's, or somebody else's. */
  #passOverExpired(): void {
    const now = nowSeconds(this.#context.clock);
    for (const key of this.#stored.keys()) {
      if (hasDeclaredExpired(this.#stored, key, now)) this.#live.copy(key, this.#stored, now);
    }
  }

  #unseen(): string[] {
    return this.#stored.keys().filter((key) => !this.#live.has(key));
  }

  #read(keys: readonly string[]): Promise<void> {
    const options = callOptions(this.#context);
    this.#requests += Math.ceil(keys.length / limits.maxBulkReadKeys);
    return readValues(this.#context.connection.client, this.#address, keys, options, (key, found) =>
      this.#compare(key, found),
    );
  }

  #compare(key: string, found: FoundKey): void {
    const known = this.#stored.get(key);
    if (!known || this.#live.has(key)) return;
    const live = liveEntry(known, found);
    this.#live.set(key, live);
    if (!isAsKnown(live, known)) this.#changed.set(key, found);
  }

  #findings(): Findings {
    return { live: this.#live, missing: this.#unseen(), changed: this.#changed, requests: this.#requests };
  }
}

function liveEntry(known: ManifestEntry, { value, metadata, expiration = 0 }: FoundKey): ManifestEntry {
  const found = metadataHash(metadata);
  const unread = found === known.metadataHash ? known.hash : undefined;
  const isAsExpected = known.ttl > 0 && Math.abs(expiration - known.expiresAt) <= ttlToleranceSeconds;
  return {
    hash: value === undefined ? unread : hashAs(known.hash, value, metadata),
    metadataHash: found,
    // Where a time to live is declared, any time that is found is accepted; none at all is a drift.
    ttl: expiration > 0 ? known.ttl : 0,
    expiresAt: isAsExpected ? known.expiresAt : expiration,
  };
}

/** What was not known before is no drift. */
function isAsKnown(live: ManifestEntry, known: ManifestEntry): boolean {
  return (
    (known.hash === undefined || live.hash === known.hash) &&
    live.metadataHash === known.metadataHash &&
    live.ttl === known.ttl &&
    (live.ttl > 0 || live.expiresAt === known.expiresAt)
  );
}
