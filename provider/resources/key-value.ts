import { z } from "zod";
import { nowSeconds } from "../kv/clock";
import {
  expirationProblem,
  expirationTtlProblem,
  hasExpired,
  type KeyAddress,
  keyProblem,
  metadataProblem,
} from "../kv/entry";
import { isAmbiguous, isGone } from "../kv/error";
import { limits } from "../kv/limits";
import type { Session } from "../session";
import { accountIdFor, accountIdSchema } from "./account";
import { type Asset, assetContentProblem, assetHash, assetProblem, hasAsset, sha256 } from "./asset";
import { Changes, isSame } from "./changes";
import { nameOf } from "./claims";
import { namespaceIdProblem, splitNamespaceId } from "./namespace-id";
import { lookPatiently, unsettled } from "./patience";
import {
  type Call,
  type CheckFailure,
  type CheckResult,
  type CreateResult,
  callOptions,
  type DiffResult,
  InitFailedError,
  InputError,
  type Life,
  messageOf,
  type Properties,
  quietCall,
  type ReadResult,
  type ResourceSchema,
  type UpdateResult,
  withSavedCredential,
} from "./resource";
import { hasUnknown, isAbsent, isUnknown, problemsOfInputs, rule, withoutAbsent } from "./validate";
import { base64Problem, compareValues, liveValue, textProblem, valueBytes, valueForms, valueHash } from "./value";

const keyValueArgs = z.object({
  accountId: accountIdSchema,
  namespaceId: z
    .string()
    .superRefine(rule(namespaceIdProblem))
    .meta({
      description:
        "The namespace that holds the key: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. " +
        "A change replaces the resource.",
      replaces: true,
    }),
  key: z
    .string()
    .superRefine(rule(keyProblem))
    .meta({
      description:
        `The key's name, 1 to ${limits.maxKeyBytes} bytes of UTF-8, kept as it is; not "." or "..". ` +
        "A change replaces the resource.",
      replaces: true,
    }),
  value: z
    .string()
    .superRefine(rule(textProblem))
    .optional()
    .meta({
      description:
        `The value as text, up to ${limits.maxValueBytes} bytes of UTF-8. ` +
        "Exactly one of value, valueBase64 and source is given. Mark it as a secret if it is one: inputs are in the state.",
    }),
  valueBase64: z
    .string()
    .superRefine(rule(base64Problem))
    .optional()
    .meta({ description: `The value as bytes in base64, up to ${limits.maxValueBytes} bytes when decoded.` }),
  source: z
    .unknown()
    .superRefine(rule(assetProblem))
    .optional()
    .meta({
      description:
        `The value as a file or a text asset, up to ${limits.maxValueBytes} bytes. ` +
        "The state holds its hash, not its bytes. A path is relative to the project.",
      pulumiType: "Asset",
    }),
  metadata: z
    .unknown()
    .superRefine(rule((value) => (hasAsset(value) ? "must be JSON, without assets" : metadataProblem(value))))
    .optional()
    .meta({
      description: `Any JSON that is stored beside the value, up to ${limits.maxMetadataBytes} bytes when serialized. Null is the same as none.`,
      pulumiType: "Any",
    }),
  expiration: z
    .number()
    .superRefine(rule(expirationProblem))
    .optional()
    .meta({
      description:
        `When the key expires, in unix seconds, at least ${limits.minExpirationTtlSeconds} seconds ahead. ` +
        "At most one of expiration and expirationTtl is given. Once it has passed, the key is gone as declared: " +
        "that is no drift, and nothing is written. A change replaces the resource, in one write.",
      replaces: true,
    }),
  expirationTtl: z
    .number()
    .superRefine(rule(expirationTtlProblem))
    .optional()
    .meta({
      description:
        `Seconds from the write after which the key expires, at least ${limits.minExpirationTtlSeconds}. ` +
        "Every write starts them anew. A change replaces the resource, in one write.",
      replaces: true,
    }),
});

const keyValueOutputs = z.object({
  expiresAt: z
    .number()
    .optional()
    .meta({ description: "When the key expires, in unix seconds; absent when it does not." }),
  valueSha256: z.string().meta({ description: "SHA-256 of the value's bytes, in hexadecimal digits.", secret: true }),
  writtenAt: z.number().optional().meta({
    description: "When this resource last wrote the key, in unix seconds; absent when it was adopted or had expired.",
  }),
});

export const keyValueSchema: ResourceSchema = {
  name: "KeyValue",
  description:
    "One key of a Workers KV namespace, with its value, metadata and expiration. " +
    "A change of the expiration is a replacement in one write: readers never miss the key. " +
    "A delete never removes a key that the program still declares under another name.",
  args: keyValueArgs,
  outputs: keyValueOutputs,
  alternatives: [
    { names: valueForms, required: true },
    { names: ["expiration", "expirationTtl"], required: false },
  ],
};

type Args = z.output<typeof keyValueArgs> & { accountId: string; source?: Asset };
type State = Args & Partial<z.output<typeof keyValueOutputs>>;

/** What is stored under a key. */
interface Found {
  readonly value: Buffer;
  readonly metadata: unknown;
  readonly expiration: number | undefined;
}

const stables = ["accountId", "namespaceId", "key"];

/** One key, with its value, metadata and expiration. */
export class KeyValueLife implements Life {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async check(olds: Properties, news: Properties, call: Call = quietCall): Promise<CheckResult> {
    const failures = problemsOfInputs(keyValueSchema, news);
    if (failures.length === 0) failures.push(...problemsOutside(olds, news, this.#now()));
    const inputs = withoutAbsent(news);
    const namespace = splitNamespaceId(news.namespaceId);
    const account = accountIdFor({
      news,
      olds,
      ofNamespace: isUnknown(news.namespaceId) ? null : namespace?.accountId,
      configured: this.#session.config.accountId,
    });
    if ("failure" in account) return { inputs, failures: [...failures, account.failure] };
    inputs.accountId = account.accountId;
    if (namespace) inputs.namespaceId = namespace.namespaceId;
    this.#claim(olds, inputs, call);
    return { inputs, failures };
  }

  async diff(_id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<DiffResult> {
    const changes = new Changes();
    for (const name of ["accountId", "namespaceId", "key", "expiration", "expirationTtl"]) {
      changes.compare(name, olds[name], news[name], { replace: true });
    }
    compareValues(changes, olds, news);
    changes.compare("metadata", olds.metadata, news.metadata);
    const result = changes.result(stables);
    if (result.changes && result.replaces.length === 0) this.#explainTtl(news, call);
    return result;
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    if (call.preview) return { id: "", outs: knownOutputs(inputs) };
    const args = inputs as Args;
    const id = keyValueId(args);
    this.#session.claims.add(call.urn, id);
    try {
      return { id, outs: await this.#write(args, call) };
    } catch (error) {
      throw this.#afterFailedCreate(error, id, args, call);
    }
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    return withSavedCredential(() => this.#read(id, props, call));
  }

  async #read(id: string, props: Properties, call: Call): Promise<ReadResult> {
    const address = parseKeyValueId(id);
    this.#session.claims.recordOwn(id);
    const state = props as Partial<State>;
    if (state.key === undefined) return this.#import(id, address, call);
    const look = () => this.#find(address, call);
    const isBelievable = (found: Found | undefined) => shows(state, found) || (!found && this.#isOver(state));
    const found = await lookPatiently(this.#session, state.writtenAt, look, isBelievable, call);
    if (found === unsettled) return { id, props, inputs: inputsOf(props) };
    if (found === undefined) return this.#isSpent(state) ? { id, props, inputs: inputsOf(props) } : { id: "" };
    const live = liveState(state, found);
    return { id, props: live, inputs: inputsOf(live) };
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    const changes = new Changes();
    for (const name of ["metadata", "expiration", "expirationTtl"]) changes.compare(name, olds[name], news[name]);
    const isStored = valueHash(news) === olds.valueSha256 && !hasUnknown(news);
    if (isStored && !changes.has("metadata", "expiration", "expirationTtl")) {
      return { outs: { ...news, ...outputsOf(olds) } };
    }
    if (call.preview) return { outs: knownOutputs(news) };
    this.#session.claims.add(call.urn, id);
    try {
      return { outs: await this.#write(news as Args, call) };
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      throw new InitFailedError(id, withoutAbsent({ ...news, writtenAt: olds.writtenAt }), [unsureReason(error)]);
    }
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(() => this.#delete(id, props, call));
  }

  async #delete(id: string, props: Properties, call: Call): Promise<void> {
    const { claims, client } = this.#session;
    const address = parseKeyValueId(id);
    const [holder] = claims.holders(id);
    if (holder) {
      claims.keep(id, props);
      call.log.info(`kept: now declared by ${holder}`);
      return;
    }
    await client.deleteValue(address, callOptions(call)).catch((error) => {
      if (!isGone(error)) throw error;
    });
    claims.recordDeleted(id);
  }

  #now(): number {
    return nowSeconds(this.#session.clock);
  }

  /** Claims even what fails: another resource's delete must not remove a key because of a typing error here. */
  #claim(olds: Properties, inputs: Properties, call: Call): void {
    const { claims } = this.#session;
    const id = knownId(inputs);
    const isFirstCheck = !claims.isChecked(call.urn);
    claims.declare(call.urn, id ? [id] : [], knownId(olds));
    const others = id && isFirstCheck ? claims.holders(id, call.urn) : [];
    if (others.length === 0) return;
    call.log.warning(
      `the key is declared twice, by "${nameOf(call.urn)}" and "${others.join('", "')}": ` +
        "the one that is written last wins; declare it once",
    );
  }

  #explainTtl(news: Properties, call: Call): void {
    if (isAbsent(news.expirationTtl) || !this.#session.claims.isChecked(call.urn)) return;
    call.log.info(`the write starts the time to live anew: ${news.expirationTtl} s from then`);
  }

  async #write(args: Args, call: Call): Promise<Properties> {
    const { expiration, expirationTtl } = args;
    if (expiration !== undefined && hasExpired(expiration, this.#now())) {
      call.log.info(`expired as declared (${new Date(expiration * 1000).toISOString()}): not written`);
      return { ...args, expiresAt: expiration, valueSha256: valueHash(args) };
    }
    const value = await valueBytes(args);
    await this.#session.client.putValue(args, { ...args, value }, callOptions(call));
    const writtenAt = this.#now();
    return withoutAbsent({
      ...args,
      expiresAt: expiration ?? (expirationTtl === undefined ? undefined : writtenAt + expirationTtl),
      valueSha256: sha256(value),
      writtenAt,
    });
  }

  /** Nothing that was, or may have been, written may be lost from state. */
  #afterFailedCreate(error: unknown, id: string, args: Args, call: Call): unknown {
    const { claims } = this.#session;
    const kept = claims.keptOutputs(id);
    if (kept)
      return new InitFailedError(id, kept, ["the key still has its old value and expiration", messageOf(error)]);
    if (!isAmbiguous(error) || claims.isInState(call.urn, id)) return error;
    return new InitFailedError(id, { ...args }, [unsureReason(error)]);
  }

  async #import(id: string, address: KeyAddress, call: Call): Promise<ReadResult> {
    const found = await this.#find(address, call);
    if (!found) return { id: "" };
    const live = liveState(address, found);
    return { id, props: live, inputs: inputsOf(live), secrets: ["value", "valueBase64"] };
  }

  async #find(address: KeyAddress, call: Call): Promise<Found | undefined> {
    const { client } = this.#session;
    try {
      const [{ value, expiration }, metadata] = await Promise.all([
        client.getValue(address, callOptions(call)),
        client.getMetadata(address, callOptions(call)),
      ]);
      return { value, expiration, metadata };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** Gone as declared: a time that has passed, and that no write would be accepted for. */
  #isSpent({ expiration }: Partial<State>): boolean {
    return expiration !== undefined && hasExpired(expiration, this.#now());
  }

  #isOver(state: Partial<State>): boolean {
    return this.#isSpent(state) || (state.expiresAt !== undefined && state.expiresAt <= this.#now());
  }
}

/** `<accountId>/<namespaceId>/<key>`; the key is last and as it is, whatever it contains. */
export function keyValueId({ accountId, namespaceId, key }: KeyAddress): string {
  return `${accountId}/${namespaceId}/${key}`;
}

export function parseKeyValueId(id: string): KeyAddress {
  const [, accountId, namespaceId, key] = /^([0-9a-f]{32})\/([0-9a-f]{32})\/(.+)$/s.exec(id) ?? [];
  if (accountId === undefined || namespaceId === undefined || key === undefined) {
    throw new InputError(
      `Invalid key-value id "${id}": expected <accountId>/<namespaceId>/<key>, each of the first two 32 lowercase hexadecimal digits`,
    );
  }
  const problem = keyProblem(key);
  if (problem) throw new InputError(`Invalid key-value id "${id}": the key ${problem}`);
  return { accountId, namespaceId, key };
}

function knownId({ accountId, namespaceId, key }: Properties): string | undefined {
  if ([accountId, namespaceId, key].some((part) => typeof part !== "string" || isUnknown(part))) return undefined;
  return keyValueId({ accountId, namespaceId, key } as KeyAddress);
}

/** What the clock and the disk tell. What the state has already is not judged again: ignoreChanges keeps such things. */
function problemsOutside(olds: Properties, news: Properties, now: number): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { expiration, source } = news;
  const isChanged = !isAbsent(olds.key) && olds.expiration !== expiration;
  if (isChanged && typeof expiration === "number" && hasExpired(expiration, now)) {
    const at = new Date(expiration * 1000).toISOString();
    failures.push({
      property: "expiration",
      reason: `must be at least ${limits.minExpirationTtlSeconds} seconds ahead, and ${at} is not; to let the key go, remove the resource`,
    });
  }
  if (!isAbsent(source) && !hasUnknown(source) && assetHash(source) !== (olds.source && assetHash(olds.source))) {
    const reason = assetContentProblem(source);
    if (reason) failures.push({ property: "source", reason });
  }
  return failures;
}

/** What a preview can tell of the outputs; what is left out is unknown. */
function knownOutputs(inputs: Properties): Properties {
  const { expiration } = inputs;
  return withoutAbsent({ ...inputs, expiresAt: expiration, valueSha256: valueHash(inputs) });
}

function shows(state: Partial<State>, found: Found | undefined): boolean {
  if (!found || sha256(found.value) !== state.valueSha256 || !isSame(found.metadata, state.metadata)) return false;
  if (state.expirationTtl !== undefined) return found.expiration !== undefined;
  return found.expiration === state.expiration;
}

/** The state with what was found: declared forms stay where they still say the truth. */
function liveState(state: Partial<State>, { value, metadata, expiration }: Found): Properties {
  const valueSha256 = sha256(value);
  return withoutAbsent({
    ...state,
    ...(valueSha256 === state.valueSha256 || state.source ? {} : liveValue(state, value)),
    metadata: isSame(metadata, state.metadata) ? state.metadata : metadata,
    // Where a time to live is declared, any time that is found is accepted; none at all is a drift.
    expiration: state.expirationTtl === undefined ? expiration : undefined,
    expirationTtl: expiration === undefined ? undefined : state.expirationTtl,
    expiresAt: expiration,
    valueSha256,
  });
}

const outputNames = Object.keys(keyValueOutputs.shape);

function inputsOf(props: Properties): Properties {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !outputNames.includes(name)));
}

function outputsOf(props: Properties): Properties {
  return Object.fromEntries(Object.entries(props).filter(([name]) => outputNames.includes(name)));
}

function unsureReason(error: unknown): string {
  return `${messageOf(error)}; nobody knows whether it was written: the next \`pulumi up\` writes it again`;
}
