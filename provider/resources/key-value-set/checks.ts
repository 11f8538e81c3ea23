import { nowSeconds } from "../../kv/clock";
import { isNamespaceGone } from "../../kv/error";
import { instantLimits } from "../../kv/limits";
import { quoted } from "../../kv/quote";
import { InputError } from "../../pulumi/errors";
import type { CheckFailure, Properties } from "../../pulumi/resource-provider";
import { nameOf } from "../../pulumi/urn";
import { isAbsent, isUnknown, withoutAbsent } from "../../pulumi/validate";
import type { CallContext } from "../../session/context";
import { tellOfFoundKeys } from "../found-keys";
import { instantKeyProblem, isInstant } from "../instant";
import { knownNamespaceOf } from "../key-value/id";
import { hashOfSource, isSameDeclaration } from "./compare";
import { warnOfConflicts } from "./conflicts";
import { type Declaration, readDeclaration } from "./declaration";
import { countedEntries, grouped, listed } from "./format";
import { keyIdOf, knownSetAddress, rangeOf, type SetAddress } from "./id";
import { namesBelow } from "./list-keys";
import { Manifest } from "./manifest/manifest";
import { isSourceGone, withoutSource, withStoredSource } from "./missing-source";
import {
  doubtfulDeletes,
  emptySourceDeletes,
  type Found,
  hasUnknownKeys,
  isEmpty,
  type Plan,
  planOf,
  planText,
  restartText,
  tooManyDeletes,
  type Work,
} from "./plan";
import { knownKeysOf, manifestOf, undeletedOf } from "./schema";
import { noUnknownKeys } from "./source/inline-entries";
import { findUnknown, nothingFound } from "./take-over";

/** What a Check has found out, for the Diff, Create or Update that follows in the same run. */
interface Checked {
  readonly inputs: Properties;
  /** Begun at once where anything changed; else only when something turns out to be left to do. */
  readonly declaration: () => Promise<Declaration>;
  /** Then of its entries only the manifest tells. */
  readonly isSourceGone: boolean;
  /** False in the second Check of a replacement. */
  readonly isFirst: boolean;
  /** All keys below the prefix, where those that are not declared are to go. */
  readonly present: readonly string[];
  /** Those of them that the plan has named. */
  readonly unlisted: readonly string[];
}

/** What the checks of one run have found out of its sets. */
export class SetChecks {
  /** By URN. */
  readonly #checked = new Map<string, Checked>();
  /** The URNs of those that have something to send, as their plans have told. */
  readonly #toSend = new Set<string>();
  /** What of the store was found that a set did not know, by URN. */
  readonly #found = new Map<string, Promise<Found>>();
  /** The URNs whose conflicts were named. */
  readonly #warned = new Set<string>();

  /** Checks what is declared, and claims it even where something else is wrong: no delete must use a typing error. */
  async validate(olds: Properties, inputs: Properties, context: CallContext): Promise<CheckFailure[]> {
    const before = this.#checked.get(context.urn);
    const isGone = isSourceGone(olds, inputs);
    const isRepeated = before?.isSourceGone === isGone && isSameDeclaration(before.inputs, inputs);
    const readable = isGone ? withoutSource(inputs) : inputs;
    const declaration = isRepeated ? before.declaration : once(() => readDeclaration(readable, context.hidesKeys));
    const isFirst = before === undefined;
    if (!isRepeated) this.#found.delete(context.urn);
    this.#checked.set(context.urn, { inputs, declaration, isSourceGone: isGone, isFirst, present: [], unlisted: [] });
    // Whether an unchanged source has to be opened, the manifest will tell, which only Diff sees.
    const read = isInState(olds) && isSameDeclaration(olds, inputs) ? undefined : await declaration();
    const address = knownSetAddress(inputs);
    if (address) this.#claim(address, read?.manifest ?? Manifest.empty(), context, read && hasUnknownKeys(read));
    else context.run.claims.declare(context.urn, [], undefined, knownNamespaceOf(inputs));
    if (!isRepeated) {
      for (const sentence of read?.notices ?? []) context.log.info(sentence);
      for (const sentence of read?.remarks ?? []) context.log.warning(sentence);
    }
    const problems = read
      ? [...read.problems, ...(isInstant(inputs, context) ? problemsOfInstant(read, context) : [])]
      : [];
    return problems.map((reason) => ({ property: "", reason }));
  }

  /** Looks where a delete of unlisted keys would, and says what a create will do: no Diff is asked for that. */
  async prepare(olds: Properties, inputs: Properties, context: CallContext): Promise<CheckFailure[]> {
    const checked = this.#checked.get(context.urn);
    const address = knownSetAddress(inputs);
    if (!checked) return [];
    const present = inputs.prune === "unlisted" && address ? await this.#present(address, context) : [];
    this.#checked.set(context.urn, { ...checked, present });
    if (isInState(olds) || !checked.isFirst) return [];
    tellOfFoundKeys(inputs, context);
    const reason = await this.planCreate(inputs, context);
    return reason === undefined ? [] : [{ property: "", reason }];
  }

  /** Says what a create will do, or answers why it must not. */
  async planCreate(inputs: Properties, context: CallContext): Promise<string | undefined> {
    const work = await this.plan(knownSetAddress(inputs), {}, inputs, context);
    if (!work) return undefined;
    const { plan, declaration } = work;
    this.#noteWork(plan, context);
    const { size } = declaration.manifest;
    const reason = tooManyDeletes(plan, size, inputs.maxDeletes, context.hidesKeys);
    if (reason === undefined) this.#tell(plan, size, inputs, context);
    return reason;
  }

  /**
   * Says what an update will do, and answers whether there is anything.
   *
   * @throws InputError when it would delete too much.
   */
  async planUpdate(address: SetAddress, olds: Properties, news: Properties, context: CallContext): Promise<boolean> {
    const work = await this.plan(address, olds, news, context);
    const isUndecided = work && hasUnknownKeys(work.declaration);
    this.#claim(address, work?.declaration.manifest ?? manifestOf(olds), context, isUndecided);
    if (!work) return false;
    const { plan, stored, declaration } = work;
    this.#noteWork(plan, context);
    const reason = declaration.isSourceEmpty
      ? emptySourceDeletes(plan, news.maxDeletes)
      : tooManyDeletes(plan, stored.size, news.maxDeletes, context.hidesKeys);
    if (reason) throw new InputError(reason);
    this.#tell(plan, stored.size, news, context);
    // What has failed half-way is whole with the next update, be there nothing to send.
    const isUnfinished = !isUndecided && isAbsent(olds.sha256) && !declaration.isPartial;
    const isDeclaredOtherwise = !isUndecided && !isSameDeclaration(olds, news);
    if ((isUnfinished || isDeclaredOtherwise) && isEmpty(plan) && plan.takenOver === 0)
      context.log.info(`${nameOf(context.urn)}: nothing is sent, of ${countedEntries(plan.count)}`);
    return !isEmpty(plan) || isUnfinished;
  }

  #noteWork(plan: Plan, { urn }: CallContext): void {
    if (isEmpty(plan)) this.#toSend.delete(urn);
    else this.#toSend.add(urn);
  }

  /** Whether the plan of this run has something to send. */
  hasWork({ urn }: CallContext): boolean {
    return this.#toSend.has(urn);
  }

  /** What the plan was to delete as unlisted. */
  unlisted({ urn }: CallContext): readonly string[] {
    return this.#checked.get(urn)?.unlisted ?? [];
  }

  /** Undefined where nothing changed and nothing is left to do: then no source is opened. */
  async plan(
    address: SetAddress | undefined,
    olds: Properties,
    news: Properties,
    context: CallContext,
  ): Promise<Work | undefined> {
    const { claims } = context.run;
    const isClaimed = (key: string) =>
      address !== undefined && claims.holders(keyIdOf(address, key), context.urn).length > 0;
    const known = manifestOf(olds);
    const isFree = (key: string) => address !== undefined && claims.isFree(keyIdOf(address, key), context.urn);
    const hasUndeleted = undeletedOf(olds).keys().some(isFree);
    const stored = hasUndeleted ? knownKeysOf(olds) : known;
    const present = this.#checked.get(context.urn)?.present ?? [];
    const lost = address ? claims.lostIn(rangeOf(address, stored), olds.writtenAt) : [];
    const isSame = isSameDeclaration(olds, news);
    const isDone = isSame && lost.length === 0 && olds.sha256 !== undefined && known.digest() === olds.sha256;
    if (isDone && !hasUndeleted && present.every((key) => stored.has(key))) return undefined;
    const declaration = isDone ? asStored(known, olds) : await this.#declaration(olds, news, stored, context);
    if (declaration.problems.length > 0) throw new InputError(declaration.problems.join("\n"));
    const found =
      news.adopt === true && address ? await this.#lookFor(address, declaration, stored, context) : nothingFound;
    for (const [key, entry] of found.live) if (!stored.has(key)) stored.set(key, entry);
    const plan = planOf({
      declared: declaration.manifest,
      stored,
      found,
      // Nobody could tell what is declared and not known from what nobody has declared.
      present: declaration.isPartial ? [] : present,
      lost: new Set(lost),
      isClaimed,
      unknownKeys: declaration.unknownKeys,
      now: nowSeconds(context.clock),
    });
    return { plan, declaration, stored };
  }

  /** What is known of the outputs before anything is sent; what is left out is unknown in a preview. */
  async knownOutputs(olds: Properties, news: Properties, context: CallContext): Promise<Properties> {
    const sourceHash = hashOfSource(news);
    if (isSameDeclaration(olds, news))
      return { ...news, ...withoutAbsent({ count: olds.count, bytes: olds.bytes, sourceHash }) };
    const checked = this.#checked.get(context.urn);
    const declaration = await checked?.declaration();
    if (!declaration || checked?.isSourceGone || hasUnknownKeys(declaration)) return news;
    return withoutAbsent({ ...news, count: declaration.manifest.size, bytes: declaration.bytes, sourceHash });
  }

  /** Once in a run: what a plan has told, the update does. */
  #lookFor(address: SetAddress, { manifest }: Declaration, stored: Manifest, context: CallContext): Promise<Found> {
    const found = this.#found.get(context.urn) ?? findUnknown(address, manifest, stored, context);
    this.#found.set(context.urn, found);
    return found;
  }

  async #declaration(olds: Properties, news: Properties, stored: Manifest, context: CallContext): Promise<Declaration> {
    const checked = this.#checked.get(context.urn);
    const declaration = await (checked ? checked.declaration() : readDeclaration(news, context.hidesKeys));
    if (!checked?.isSourceGone) return declaration;
    context.log.warning("the file of the source is gone: its entries stay as they are, and what is missing stays so");
    return withStoredSource(declaration, olds, stored);
  }

  #tell(plan: Plan, size: number, inputs: Properties, { urn, log, hidesKeys }: CallContext): void {
    const { keyPrefix, maxDeletes, adopt } = inputs;
    const checked = this.#checked.get(urn);
    if (checked) this.#checked.set(urn, { ...checked, unlisted: plan.unlisted });
    if (isEmpty(plan) && plan.takenOver === 0 && !hasUnknownKeys(plan)) return;
    // With --diff the CLI shows messages without their resource.
    log.info(`${nameOf(urn)}: ${planText(plan, hidesKeys)}`);
    const restart = restartText(plan);
    if (restart) log.info(restart);
    if (isUnknown(keyPrefix) && !hidesKeys) log.info("the keyPrefix is not known yet: the keys are named without it");
    if (adopt === true && knownSetAddress(inputs) === undefined)
      log.info("the namespace is not known yet: what is in it already is looked for in the update");
    const doubt = doubtfulDeletes(plan, size, maxDeletes);
    if (doubt) log.warning(doubt);
  }

  #claim(address: SetAddress, manifest: Manifest, context: CallContext, isUndecided = false): void {
    context.run.claims.declareRange(context.urn, rangeOf(address, manifest), isUndecided);
    if (manifest.size === 0 || this.#warned.has(context.urn)) return;
    this.#warned.add(context.urn);
    warnOfConflicts(address, manifest, context);
  }

  /** The namespace may be gone, and come again with this run. */
  #present(address: SetAddress, context: CallContext): Promise<string[]> {
    return namesBelow(address, context).catch((error) => {
      if (isNamespaceGone(error)) return [];
      throw error;
    });
  }
}

/** What a namespace of the mode `instant` does not hold. */
function problemsOfInstant({ manifest, bytes = 0 }: Declaration, { hidesKeys }: CallContext): string[] {
  const problems: string[] = [];
  let keyBytes = 0;
  for (const [key, { metadataHash }] of manifest) {
    keyBytes += Buffer.byteLength(key);
    const reason = instantKeyProblem(key) ?? (metadataHash === 0 ? undefined : noMetadata);
    if (reason) problems.push(hidesKeys ? `a key ${reason}` : `the key ${quoted(key)} ${reason}`);
  }
  const { maxPairs, maxBytes } = instantLimits;
  if (manifest.size > maxPairs || keyBytes + bytes > maxBytes)
    problems.push(
      `the set has ${countedEntries(manifest.size)} and ${grouped(keyBytes + bytes)} bytes, and a namespace of the ` +
        `mode instant holds ${grouped(maxPairs)} and ${grouped(maxBytes)}`,
    );
  return listed(problems, (problem) => problem);
}

const noMetadata = "has metadata, which a namespace of the mode instant does not take; leave them out";

/** False for a new set, and in the second Check of a replacement. */
function isInState(olds: Properties): boolean {
  return !isAbsent(olds.namespaceId);
}

/** Nothing changed: what is declared is what the set knows to be stored. */
function asStored(stored: Manifest, { bytes }: Properties): Declaration {
  return {
    manifest: stored,
    bytes: bytes as number,
    unknownKeys: noUnknownKeys,
    isPartial: false,
    isSourceEmpty: false,
    remarks: [],
    notices: [],
    problems: [],
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
