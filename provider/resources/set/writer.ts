import { type BulkFailure, type BulkOutcome, type BulkPair, deleteBulk, writeBulk } from "../../kv/bulk";
import { nowSeconds } from "../../kv/clock";
import { serializePair } from "../../kv/entry";
import type { Session } from "../../session";
import { keyValueId } from "../key-value-id";
import type { Manifest } from "../manifest/manifest";
import { type Call, callOptions, InputError, type Properties } from "../resource";
import { declaredEntries } from "./declaration";
import type { SetAddress } from "./id";
import { isSpent, isStored, type Plan } from "./plan";
import { counted, grouped, listed, quoted } from "./text";

/** What is left of a plan. */
export interface Unfinished {
  /** Sentences for the user: what was done, what was not, and why. */
  readonly reasons: readonly string[];
  /** True where the store may have been changed although nothing is known to be written. */
  readonly isUnsure: boolean;
  readonly cause: Error | undefined;
}

/** Carries a plan out, and keeps the account of what is in the store as the answers come. */
export class SetWriter {
  readonly #session: Session;
  readonly #address: SetAddress;
  readonly #stored: Manifest;
  readonly #call: Call;
  readonly #now: number;
  #wrote = 0;
  #deleted = 0;

  /** `stored` is what the set knows so far; it is brought up to date. */
  constructor(session: Session, address: SetAddress, stored: Manifest, call: Call) {
    this.#session = session;
    this.#address = address;
    this.#stored = stored;
    this.#call = call;
    this.#now = nowSeconds(session.clock);
  }

  get hasChanged(): boolean {
    return this.#wrote + this.#deleted > 0;
  }

  /** First writes, and only when all of them have succeeded deletes. Answers what is left, if anything is. */
  async run(plan: Plan, inputs: Properties, declared: Manifest): Promise<Unfinished | undefined> {
    return (await this.#write(plan, inputs, declared)) ?? (await this.delete([...plan.removed, ...plan.unlisted]));
  }
