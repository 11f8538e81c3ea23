import { nowSeconds } from "../../kv/clock";
import { hasExpired, type KeyAddress } from "../../kv/entry";
import { type CancelledError, CloudflareError, codes, isAmbiguous, isGone, withRemedy } from "../../kv/error";
import type { StoredValue } from "../../kv/stored-value";
import { sha256 } from "../../pulumi/asset";
import { isSame } from "../../pulumi/changes";
import { compareAll } from "../../pulumi/compare";
import { InitFailedError, InputError, messageOf } from "../../pulumi/errors";
import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Properties,
  ReadResult,
  ResourceProvider,
  UpdateResult,
} from "../../pulumi/resource-provider";
import { stablesOf } from "../../pulumi/schema";
import { leavesOf } from "../../pulumi/secret-inputs";
import { nameOf } from "../../pulumi/urn";
import { hasUnknown, isAbsent, problemsOfInputs, withoutAbsent } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import { type CallContext, callOptions } from "../../session/context";
import { located } from "../address";
import { readUntilConsistent, unsettled } from "../consistent-read";
import { explainedNamespace } from "../explained-namespace";
import { tellOfFoundKeys } from "../found-keys";
import { instantKeyProblem, instantMetadataProblem, isInstant } from "../instant";
import { askForNamespace } from "../preflight";
import { isoTime, pastReason, problemsOfIgnored, problemsOutside } from "./check";
import { clearIdText, keyValueId, knownKeyValueId, knownNamespaceOf, parseKeyValueId } from "./id";
import { type KeyValueArgs as Args, keyValueSchema, type KeyValueState as State } from "./schema";
import { binaryMarkOf, inputsOf, isBinary, liveState, newForms, outputsOf, shows } from "./state";
import { addValue, valueBytes, valueComparisons, valueForms, valueHash } from "./value";

/** Clocks differ, and time passes while a request is repeated. */
const expirationToleranceSeconds = 60;

/** One key, with its value, metadata and expiration. */
export class KeyValueProvider implements ResourceProvider<CallContext> {
  async check(olds: Properties, news: Properties, context: CallContext): Promise<CheckResult> {
    const failures = problemsOfInputs(keyValueSchema, news);
    if (failures.length === 0) failures.push(...problemsOutside(olds, news, nowSeconds(context.clock)));
    if (failures.length === 0) failures.push(...(await problemsOfIgnored(olds, news)));
    if (failures.length === 0) warnOfPast(olds, news, context);
    if (context.secrets?.covers("key") && !context.run.claims.isChecked(context.urn))
      context.log.warning(clearIdText("key"));
    const { inputs, failures: misplaced } = located(olds, news, context);
    failures.push(...misplaced);
    if (failures.length === 0) failures.push(...problemsOfInstant(inputs, context));
    if (isAbsent(olds.key) && !context.run.claims.isChecked(context.urn)) tellOfFoundKeys(inputs, context);
    claimKey(olds, { accountId: olds.accountId, ...inputs }, context);
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, context: CallContext): Promise<DiffResult> {
    const { secrets } = context;
    const changes = compareAll(keyValueSchema, olds, news, { own: valueComparisons(olds, news, secrets), secrets });
    const { claims } = context.run;
    const isLost = claims.isChecked(context.urn) && lossOf(id, olds, claims) !== undefined;
    if (isLost) addValue(changes, olds, news);
    const result = changes.result(stablesOf(keyValueSchema));
    if (result.replaces.length === 0 && (isLost || needsWrite(olds, news))) explainTtl(news, context);
    return result;
  }

  async create(inputs: Properties, context: CallContext): Promise<CreateResult> {
    if (context.preview) {
      await foresee(inputs, context);
      const found = hasUnknown(inputs) ? undefined : await findToAdopt(inputs as Args, context);
      if (found) context.log.info(foundText(inputs, found));
      return { id: "", outs: knownOutputs(inputs) };
    }
    return context.run.claims.whileCreating(context.urn, () => createKey(inputs as Args, context));
  }

  async read(id: string, props: Properties, context: CallContext): Promise<ReadResult> {
    const address = parseKeyValueId(id, context.connection.config.accountId?.value);
    const state = props as Partial<State>;
    if (state.valueSha256 !== undefined) context.run.claims.recordOwn(id);
    if (state.key === undefined) return importKey(keyValueId(address), address, context);
    const asItWas = { id, props, inputs: inputsOf(props) };
    if (hasDeclaredExpired(state, context)) return asItWas;
    const look = () => find(address, isBinary(state), context);
    const isBelievable = (found: StoredValue | undefined) =>
      shows(state, found) || (!found && hasStoredExpired(state, context));
    const found = await readUntilConsistent(state.writtenAt, look, isBelievable, context);
    if (found === unsettled) return { ...asItWas, isUncertain: true };
    if (found === undefined) return { id: "" };
    const live = liveState({ ...state, ...address }, found);
    const isSecret = valueForms.some((form) => context.secrets?.touches(form));
    const changed = ["valueJson", "metadata"].filter((name) => !isSame(state[name as keyof State], live[name]));
    const parts = isSecret ? changed.flatMap((name) => leavesOf(live[name], [name])) : [];
    return { id, props: live, inputs: inputsOf(live), secrets: [...newForms(state, live), ...parts] };
  }

  async update(id: string, olds: Properties, news: Properties, context: CallContext): Promise<UpdateResult> {
    const { claims } = context.run;
    const loss = lossOf(id, olds, claims);
    // Without any difference, the engine asks for what an earlier run has left unfinished.
    if (!needsWrite(olds, news) && isOtherForm(olds, news) && !loss) return { outs: { ...news, ...outputsOf(olds) } };
    if (context.preview) {
      await foresee(news, context);
      return { outs: knownOutputs(news) };
    }
    if (loss) context.log.info(`written again: ${loss}`);
    claims.add(context.urn, id);
    try {
      return { outs: await write(news as Args, claims, context) };
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      const reasons = [explainedDoubt(error).message];
      throw new InitFailedError(id, { ...news, writtenAt: nowSeconds(context.clock) }, reasons);
    }
  }

  async delete(id: string, props: Properties, context: CallContext): Promise<void> {
    const {
      run: { claims },
      connection: { keys },
    } = context;
    const address = parseKeyValueId(id);
    const deletion = claims.beginDeletion();
    try {
      const holder = deletion.take([id]).get(id);
      if (holder !== undefined) {
        refuseToAbandon(claims.failedHolder(id, context.urn));
        claims.keep(id, props);
        const isSame = claims.isDeclaredBy(context.urn, id);
        context.log.info(isSame ? "replaced in one write: the key stays" : `kept: now declared by ${holder}`);
        return;
      }
      await keys.delete(address, callOptions(context)).catch((error) => {
        if (!isGone(error)) throw error;
      });
      deletion.done([id]);
    } finally {
      deletion.end();
    }
  }
}

/** Gone from the state while its new owner is not in it, the key would be nobody's. */
function refuseToAbandon(holder: string | undefined): void {
  if (holder === undefined) return;
  throw new InputError(
    `The key is not deleted: "${holder}" declares it now, and could not be created. It stays in the state: the next ` +
      "`pulumi up` deletes it, unless it is written then",
  );
}

/** Why a key is to be written again although the state has it as it is declared. */
function lossOf(id: string, { writtenAt }: Properties, claims: Claims): string | undefined {
  if (claims.isDeleted(id)) return "another resource, which had the same key, has deleted it";
  return claims.wasDeletedSince(id, writtenAt)
    ? "an earlier run, which did not come to its end, may have deleted it"
    : undefined;
}

async function createKey(args: Args, context: CallContext): Promise<CreateResult> {
  const { claims } = context.run;
  const id = keyValueId(args);
  claims.add(context.urn, id);
  const found = await findToAdopt(args, context);
  if (found) context.log.info(foundText(args, found));
  if (found && isAsDeclaredBy(args, found)) {
    claims.recordFound([id]);
    return { id, outs: adopted(args, found) };
  }
  try {
    return { id, outs: await write(args, claims, context) };
  } catch (error) {
    const kept = claims.keptOutputs(id) ?? (claims.isHandedOver(id) ? { ...args } : undefined);
    // For a while a read may still show what was there before a write that nobody answered.
    const since = isAmbiguous(error) ? { writtenAt: nowSeconds(context.clock) } : {};
    throw afterFailedCreate(
      error,
      id,
      { ...args, ...since },
      kept && { ...kept, ...since },
      claims.before(context.urn)?.id === id,
    );
  }
}

/** In a preview that will write: what would refuse the update refuses here. */
async function foresee(inputs: Properties, context: CallContext): Promise<void> {
  const isWritten = !hasDeclaredExpired(inputs as Partial<State>, context);
  if (isWritten && knownKeyValueId(inputs) !== undefined)
    await askForNamespace(inputs as unknown as KeyAddress, context);
}

/** What is there of a key that this stack does not know. What it has deleted, or is about to replace, is its own. */
async function findToAdopt(args: Args, context: CallContext): Promise<StoredValue | undefined> {
  const { claims } = context.run;
  const id = keyValueId(args);
  const isOwn = claims.before(context.urn)?.id === id || claims.isDeleted(id) || claims.keptOutputs(id) !== undefined;
  if (args.adopt !== true || isOwn || hasDeclaredExpired(args, context)) return undefined;
  return find(args, args.valueBase64 !== undefined && isBinary(args), context);
}

function isAsDeclaredBy(args: Properties, found: StoredValue): boolean {
  return shows({ ...args, valueSha256: valueHash(args) } as Partial<State>, found);
}

function foundText(inputs: Properties, found: StoredValue): string {
  return isAsDeclaredBy(inputs, found)
    ? "the key is there as declared: nothing is written"
    : "the key is there, and not as declared: it is replaced";
}

function adopted(args: Args, { value, expiration }: StoredValue): Properties {
  return withoutAbsent({
    ...args,
    expiresAt: expiration,
    valueSha256: valueHash(args),
    ...binaryMarkOf(args, value),
  });
}

function problemsOfInstant(inputs: Properties, context: CallContext): CheckFailure[] {
  if (!isInstant(inputs, context)) return [];
  const reasons = { key: instantKeyProblem(inputs.key), metadata: instantMetadataProblem(inputs.metadata) };
  return Object.entries(reasons).flatMap(([property, reason]) => (reason === undefined ? [] : [{ property, reason }]));
}

/** Of a new key: one that is there already stays as it is, and a change to a past time fails. */
function warnOfPast(olds: Properties, { expiration }: Properties, context: CallContext): void {
  const isNew = isAbsent(olds.key) && !context.run.claims.isChecked(context.urn);
  if (!isNew || typeof expiration !== "number" || !hasDeclaredExpired({ expiration }, context)) return;
  context.log.warning(`expired as declared (${isoTime(expiration)}): nothing will be written`);
}

/** Claims even what fails: another resource's delete must not remove a key because of a typing error here. */
function claimKey(olds: Properties, inputs: Properties, context: CallContext): void {
  const { claims } = context.run;
  const id = knownKeyValueId(inputs);
  const idBefore = knownKeyValueId(olds);
  const isFirstCheck = !claims.isChecked(context.urn);
  const before = idBefore ? { id: idBefore, expiration: olds.expiration } : undefined;
  claims.declare(context.urn, id ? [id] : [], before, id ? undefined : knownNamespaceOf(inputs));
  const others = id && isFirstCheck ? claims.holders(id, context.urn) : [];
  if (others.length === 0) return;
  context.log.warning(
    `the key is declared twice, by "${nameOf(context.urn)}" and "${others.join('", "')}": ` +
      "the one that is written last wins; declare it once",
  );
}

function explainTtl(news: Properties, context: CallContext): void {
  if (isAbsent(news.expirationTtl) || !context.run.claims.isChecked(context.urn)) return;
  context.log.info(`the write starts the time to live anew: ${news.expirationTtl} s from then`);
}

async function write(args: Args, claims: Claims, context: CallContext): Promise<Properties> {
  const { expiration, expirationTtl } = args;
  if (hasDeclaredExpired(args, context)) return leave(args, claims, context);
  const value = await valueBytes(args);
  await claims.afterDeletion(keyValueId(args), context.signal);
  try {
    await context.connection.keys.put(args, { ...args, value }, callOptions(context));
  } catch (error) {
    if (hasPassedMeanwhile(error, args, context)) return leave(args, claims, context);
    throw explainedNamespace(error, args, claims);
  }
  claims.recordWritten([keyValueId(args)]);
  const writtenAt = nowSeconds(context.clock);
  return withoutAbsent({
    ...args,
    expiresAt: expiration ?? (expirationTtl === undefined ? undefined : writtenAt + expirationTtl),
    valueSha256: sha256(value),
    writtenAt,
    ...binaryMarkOf(args, value),
  });
}

function hasPassedMeanwhile(error: unknown, { expiration }: Args, { clock }: CallContext): boolean {
  if (!(error instanceof CloudflareError) || !error.has(codes.invalidExpiration)) return false;
  return expiration !== undefined && hasExpired(expiration, nowSeconds(clock) + expirationToleranceSeconds);
}

async function importKey(id: string, address: KeyAddress, context: CallContext): Promise<ReadResult> {
  const found = await find(address, false, context);
  if (!found) return { id: "", absence: "the namespace does not list this key; a new key may take a minute to appear" };
  context.run.claims.recordFound([id]);
  const live = liveState(address, found);
  const secrets = [...newForms({}, live), ...leavesOf(live.metadata, ["metadata"])];
  return { id, props: live, inputs: inputsOf(live), secrets };
}

async function find(address: KeyAddress, isBinary: boolean, context: CallContext): Promise<StoredValue | undefined> {
  try {
    return await context.connection.keys.get(address, isBinary, callOptions(context));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function hasStoredExpired({ expiresAt }: Partial<State>, { clock }: CallContext): boolean {
  return expiresAt !== undefined && expiresAt <= nowSeconds(clock);
}

/** The declared time has passed, and no write would be accepted: that the key is gone is no drift. */
function hasDeclaredExpired({ expiration }: Partial<State>, { clock }: CallContext): boolean {
  return expiration !== undefined && hasExpired(expiration, nowSeconds(clock));
}

/** Expired as declared. Only a key that is there with another expiration would stay against what is declared. */
function leave(args: Args, claims: Claims, context: CallContext): Properties {
  const { expiration = 0 } = args;
  const before = claims.before(context.urn);
  const isThere = before?.id === keyValueId(args) && before.expiration !== expiration;
  if (isThere) throw new InputError(`expiration ${pastReason(expiration)}`);
  context.log.info(`expired as declared (${isoTime(expiration)}): not written`);
  return { ...args, expiresAt: expiration, valueSha256: valueHash(args) };
}

/** True where the same bytes may be declared in another form. */
function isOtherForm(olds: Properties, news: Properties): boolean {
  return valueForms.some((form) => isAbsent(olds[form]) !== isAbsent(news[form]));
}

/** False where nothing changed but the form of the value. */
function needsWrite(olds: Properties, news: Properties): boolean {
  if (hasUnknown(news) || valueHash(news) !== olds.valueSha256) return true;
  return ["metadata", "expiration", "expirationTtl"].some((name) => !isSame(olds[name], news[name]));
}

/** What a preview can tell of the outputs; what is left out is unknown. */
function knownOutputs(inputs: Properties): Properties {
  const { expiration } = inputs;
  return withoutAbsent({ ...inputs, expiresAt: expiration, valueSha256: valueHash(inputs) });
}

/** Any of them may have been secret before: only the delete, which was skipped, was told. */
const contents = [...valueForms, "metadata"];

/** Nothing that was, or may have been, written may be lost from state. */
function afterFailedCreate(
  error: unknown,
  id: string,
  unsure: Properties,
  kept: Properties | undefined,
  isInState: boolean,
): unknown {
  if (kept) {
    const told = "the key still has its old value and expiration: the next `pulumi up` writes it";
    const reasons = [told, messageOf(error)];
    return new InitFailedError(id, kept, reasons, contents);
  }
  if (!isAmbiguous(error)) return error;
  const doubt = explainedDoubt(error);
  return isInState ? doubt : new InitFailedError(id, unsure, [doubt.message]);
}

function explainedDoubt(error: CloudflareError | CancelledError): Error {
  return withRemedy(error, "It may or may not have been written: the next `pulumi up` writes it again");
}
