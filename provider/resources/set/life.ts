import { nowSeconds } from "../../kv/clock";
import { isNamespaceGone } from "../../kv/error";
import type { Session } from "../../session";
import { accountIdFor } from "../account";
import { Changes } from "../changes";
import { type Claims, type KeyRange, nameOf } from "../claims";
import { Manifest } from "../manifest/manifest";
import { splitNamespaceId } from "../namespace-id";
import {
  type Call,
  type CheckFailure,
  type CheckResult,
  type CreateResult,
  type DiffResult,
  InitFailedError,
  InputError,
  type Life,
  type Properties,
  quietCall,
  type ReadResult,
  type UpdateResult,
  withSavedCredential,
} from "../resource";
import { isAbsent, isUnknown, problemsOfInputs, withoutAbsent } from "../validate";
import { type Declaration, hashOfSource, isSameDeclaration, readDeclaration } from "./declaration";
import { readSet } from "./drift";
import { knownSetAddress, parseSetId, type SetAddress, setId } from "./id";
import { importSet } from "./import";
import { namesBelow } from "./keys-below";
import { compareInputs } from "./paths";
import { isEmpty, isSpent, type Plan, planOf, planText, tooManyDeletes } from "./plan";
import { keyValueSetSchema, outputsOf, type SetState } from "./schema";
import { counted, quoted } from "./text";
import { SetWriter, type Unfinished } from "./writer";

/** What a Check has found out, for the Diff, Create or Update that follows in the same run. */
interface Checked {
  readonly inputs: Properties;
  /** Begun at once where anything changed; else only when something turns out to be left to do. */
  readonly declaration: () => Promise<Declaration>;
  /** All keys below the prefix, where those that are not declared are to go. */
  readonly present: readonly string[];
}

/** What there is to do for a set, and what it is about. */
interface Work {
  readonly plan: Plan;
  readonly declaration: Declaration;
}

const stables = ["accountId", "namespaceId", "keyPrefix"];
/** Of its text, in the answer of a failed write: a longer one is sent without hashes. */
const maxFailedManifest = 8 * 1024 * 1024;

/** Many keys of a namespace: only what changed is sent. */
export class KeyValueSetLife implements Life {
  readonly #session: Session;
  /** By run, and by URN. */
  readonly #checked = new WeakMap<Claims, Map<string, Checked>>();

  constructor(session: Session) {
    this.#session = session;
  }

  async check(olds: Properties, news: Properties, call: Call = quietCall): Promise<CheckResult> {
    const failures = [...problemsOfInputs(keyValueSetSchema, news), ...problemsTogether(news)];
    const inputs = withoutAbsent(news);
    const namespace = splitNamespaceId(news.namespaceId);
    const account = accountIdFor({
      news,
      olds,
      ofNamespace: isUnknown(news.namespaceId) ? null : namespace?.accountId,
      configured: this.#session.config.accountId,
    });
    if (namespace) inputs.namespaceId = namespace.namespaceId;
    if ("failure" in account) failures.push(account.failure);
    else inputs.accountId = account.accountId;
    if (failures.length === 0) failures.push(...(await this.#checkEntries(olds, inputs, call)));
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<DiffResult> {
    const changes = new Changes();
    for (const name of ["accountId", "namespaceId"]) changes.compare(name, olds[name], news[name], { replace: true });
    changes.compare("keyPrefix", olds.keyPrefix ?? "", news.keyPrefix ?? "", { replace: true });
    const isReplaced = changes.result([]).changes;
    compareInputs(changes, olds, news);
    const isChecked = this.#session.claims.isChecked(call.urn);
    if (isChecked && isReplaced) await this.#tellCreate(news, call);
    else if (isChecked) await this.#diffEntries(changes, parseSetId(id), olds, news, call);
    else if (manifestOf(olds).digest() !== olds.sha256) addWork(changes, olds);
    return changes.result(stables);
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    if (call.preview) return { id: "", outs: await this.#knownOutputs(inputs, call) };
    const address = knownSetAddress(inputs);
    if (!address) throw new InputError("the namespace of a KeyValueSet is not known");
    const kept = this.#session.claims.keptOutputs(call.urn) ?? {};
    return { id: setId(address), outs: await this.#apply(address, kept, inputs, call) };
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    const address = parseSetId(id);
    return withSavedCredential(async () => {
      if (props.manifest === undefined) return importSet(this.#session, address, call);
      this.#session.claims.recordOwnRange(rangeOf(address, manifestOf(props)));
      return readSet(this.#session, address, props as unknown as SetState, call);
    });
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    if (call.preview) return { outs: await this.#knownOutputs(news, call) };
    return { outs: await this.#apply(parseSetId(id), olds, news, call) };
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(() => this.#delete(parseSetId(id), props, call));
  }

  /** Claims even what fails elsewhere, as far as it can be read: a delete must not use a typing error. */
  async #checkEntries(olds: Properties, inputs: Properties, call: Call): Promise<CheckFailure[]> {
    const { claims } = this.#session;
    const before = this.#memory().get(call.urn);
    const isRepeated = before !== undefined && isSameDeclaration(before.inputs, inputs);
    const declaration = isRepeated ? before.declaration : once(() => readDeclaration(inputs));
    const address = knownSetAddress(inputs);
    const isInState = !isAbsent(olds.namespaceId);
    // The manifest of the state, which only Diff sees, will tell whether the source has to be opened.
    const read = isInState && isSameDeclaration(olds, inputs) ? undefined : await declaration();
    if (address) claims.declareRange(call.urn, rangeOf(address, read?.manifest ?? Manifest.empty()));
    else claims.declare(call.urn, []);
    if (read && read.problems.length > 0) return read.problems.map((reason) => ({ property: "", reason }));
    const isPruning = inputs.prune === "unlisted" && address !== undefined;
    const present = isPruning ? await this.#present(address, call) : [];
    this.#memory().set(call.urn, { inputs, declaration, present });
    if (!before && read && address) this.#warnOfRivals(rangeOf(address, read.manifest), call);
    return isInState || before ? [] : this.#tellCreate(inputs, call);
  }

  /** The namespace may be gone, and come again with this run. */
  #present(address: SetAddress, call: Call): Promise<string[]> {
    return namesBelow(this.#session, address, call).catch((error) => {
      if (isNamespaceGone(error)) return [];
      throw error;
    });
  }

  /** What a create will do, which no Diff is asked for. */
  async #tellCreate(inputs: Properties, call: Call): Promise<CheckFailure[]> {
    const stored = Manifest.empty();
    const { plan, declaration } = (await this.#work(knownSetAddress(inputs), {}, stored, inputs, call)) ?? {};
    if (!plan || !declaration) return [];
    const reason = tooManyDeletes(plan, declaration.manifest.size, inputs.maxDeletes);
    if (reason) return [{ property: "", reason }];
    if (!isEmpty(plan)) call.log.info(planText(plan));
    return [];
  }

  async #diffEntries(
    changes: Changes,
    address: SetAddress,
    olds: Properties,
    news: Properties,
    call: Call,
  ): Promise<void> {
    const { claims } = this.#session;
    const stored = manifestOf(olds);
    const work = await this.#work(address, olds, stored, news, call);
    claims.declareRange(call.urn, rangeOf(address, work?.declaration.manifest ?? stored));
    if (!work) return;
    const reason = tooManyDeletes(work.plan, stored.size, news.maxDeletes);
    if (reason) throw new InputError(reason);
    if (isEmpty(work.plan)) return;
    call.log.info(planText(work.plan));
    if (!changes.result([]).changes) addWork(changes, news);
  }

  /** Undefined where nothing changed and nothing is left to do: then no source is opened. */
  async #work(
    address: SetAddress | undefined,
    olds: Properties,
    stored: Manifest,
    news: Properties,
    call: Call,
  ): Promise<Work | undefined> {
    const { claims, clock } = this.#session;
    const checked = this.#memory().get(call.urn);
    const present = checked?.present ?? [];
    const lost = address ? claims.deletedIn(rangeOf(address, stored)) : [];
    const isSame = isSameDeclaration(olds, news);
    const isDone = isSame && lost.length === 0 && olds.sha256 !== undefined && stored.digest() === olds.sha256;
    if (isDone && present.every((key) => stored.has(key))) return undefined;
    const declaration = isDone
      ? asStored(stored, olds)
      : await (checked?.declaration ?? (() => readDeclaration(news)))();
    if (declaration.problems.length > 0) {
      if (!isSame) throw new InputError(declaration.problems.join("\n"));
      call.log.warning(
        `what the store lacks stays so, for its source cannot be read: ${declaration.problems.join("\n")}`,
      );
      return undefined;
    }
    const plan = planOf({
      declared: declaration.manifest,
      stored,
      present,
      lost: new Set(lost),
      isClaimed: (key) => address !== undefined && claims.holders(idOf(address, key), call.urn).length > 0,
      isComplete: !declaration.hasUnknownKeys,
      now: nowSeconds(clock),
    });
    return { plan, declaration };
  }

  /** What is left out of the outputs is unknown in a preview. */
  async #knownOutputs(inputs: Properties, call: Call): Promise<Properties> {
    const declaration = await (this.#memory().get(call.urn)?.declaration ?? (() => readDeclaration(inputs)))();
    if (declaration.hasUnknownKeys || declaration.problems.length > 0) return inputs;
    const { size } = declaration.manifest;
    return withoutAbsent({ ...inputs, count: size, bytes: declaration.bytes, sourceHash: hashOfSource(inputs) });
  }

  /** Sends what is left to do, and answers the outputs. */
  async #apply(address: SetAddress, olds: Properties, news: Properties, call: Call): Promise<Properties> {
    const stored = manifestOf(olds);
    const work = await this.#work(address, olds, stored, news, call);
    if (!work) return { ...news, ...outputsOf(olds) };
    const { plan, declaration } = work;
    this.#session.claims.declareRange(call.urn, rangeOf(address, declaration.manifest));
    const writer = new SetWriter(this.#session, address, stored, call);
    const unfinished = await this.#carryOut(writer, plan, declaration, news);
    const { size } = declaration.manifest;
    const outs = withoutAbsent({
      ...news,
      count: size,
      bytes: declaration.bytes,
      sourceHash: hashOfSource(news),
      writtenAt: writer.hasChanged ? nowSeconds(this.#session.clock) : olds.writtenAt,
    });
    if (!unfinished) {
      this.#settle(stored, plan, declaration.manifest);
      return { ...outs, sha256: stored.digest(), manifest: stored.encode() };
    }
    if (!writer.hasChanged && stored.size === 0) throw unfinished.cause ?? new Error(unfinished.reasons.join("\n"));
    throw this.#failed(address, { ...outs, manifest: shortEnough(stored) }, unfinished);
  }

  /** Writes come first: where one of them fails, nothing is deleted. */
  async #carryOut(
    writer: SetWriter,
    plan: Plan,
    { manifest }: Declaration,
    inputs: Properties,
  ): Promise<Unfinished | undefined> {
    const writes = plan.added.length + plan.changed.length;
    const unwritten = writes > 0 ? await writer.write(inputs, manifest, writes) : undefined;
    if (unwritten) return unwritten;
    const deletes = [...plan.removed, ...plan.released, ...plan.unlisted];
    return deletes.length > 0 ? writer.delete(deletes) : undefined;
  }

  /** What has expired as declared counts as stored: it is not looked at again. */
  #settle(stored: Manifest, { expired, forgotten }: Plan, declared: Manifest): void {
    for (const key of forgotten) stored.delete(key);
    if (expired === 0) return;
    const now = nowSeconds(this.#session.clock);
    for (const key of declared.keys())
      if (isSpent(declared, key, now) && !stored.has(key)) stored.copy(key, declared, now);
  }

  #failed(address: SetAddress, outs: Properties, { reasons }: Unfinished): InitFailedError {
    const last = "what succeeded is in the state, and the next `pulumi up` does the rest";
    return new InitFailedError(setId(address), outs, [...reasons, last]);
  }

  async #delete(address: SetAddress, props: Properties, call: Call): Promise<void> {
    const stored = manifestOf(props);
    const now = nowSeconds(this.#session.clock);
    const keys = stored.keys().filter((key) => !isSpent(stored, key, now));
    if (keys.length === 0) return;
    const writer = new SetWriter(this.#session, address, stored, call);
    const unfinished = await writer.delete(keys);
    if (writer.kept.size > 0) this.#session.claims.keep(call.urn, { ...props, manifest: writer.kept.encode() });
    if (!unfinished || isNamespaceGone(unfinished.cause)) return;
    throw unfinished.cause ?? new Error(unfinished.reasons.join("\n"));
  }

  #warnOfRivals(range: KeyRange, call: Call): void {
    for (const [name, keys] of this.#session.claims.rivals(call.urn, range)) {
      call.log.warning(
        `${counted(keys.length, "key")}, such as ${quoted(keys[0] ?? "")}, declared twice, by "${nameOf(call.urn)}" ` +
          `and "${name}": what is written last wins; declare each once`,
      );
    }
  }

  /** Of this run. */
  #memory(): Map<string, Checked> {
    const { claims } = this.#session;
    const memory = this.#checked.get(claims) ?? new Map<string, Checked>();
    this.#checked.set(claims, memory);
    return memory;
  }
}

function problemsTogether(news: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (["values", "entries", "source"].every((name) => isAbsent(news[name]))) {
    const reason = "is missing: give at least one of values, entries, source; an empty `values` declares no key at all";
    failures.push({ property: "values", reason });
  }
  if (news.prune === "unlisted" && isAbsent(news.keyPrefix)) {
    const reason =
      'is required beside prune: "unlisted", which deletes every other key below it; "" stands for the whole namespace';
    failures.push({ property: "keyPrefix", reason });
  }
  return failures;
}

function rangeOf({ accountId, namespaceId, keyPrefix }: SetAddress, keys: KeyRange["keys"]): KeyRange {
  return { namespace: `${accountId}/${namespaceId}`, prefix: keyPrefix, keys };
}

function idOf({ accountId, namespaceId }: SetAddress, key: string): string {
  return `${accountId}/${namespaceId}/${key}`;
}

/** What the set of this state knows to be in the store. */
function manifestOf({ manifest }: Properties): Manifest {
  return typeof manifest === "string" ? Manifest.decode(manifest) : Manifest.empty();
}

/** Nothing changed: what is declared is what the set knows to be stored. */
function asStored(stored: Manifest, { bytes }: Properties): Declaration {
  return { manifest: stored, bytes: bytes as number, hasUnknownKeys: false, problems: [] };
}

/** Something is left to do that no input shows. */
function addWork(changes: Changes, inputs: Properties): void {
  const path = isAbsent(inputs.source) ? "manifest" : "source";
  changes.add(path, true, true, { inputDiff: false });
}

function shortEnough(manifest: Manifest): string {
  const text = manifest.encode();
  return text.length <= maxFailedManifest ? text : manifest.withoutHashes().encode();
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
