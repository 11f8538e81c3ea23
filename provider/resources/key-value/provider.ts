import { nowSeconds } from "../../kv/clock";
import { hasExpired, type KeyAddress } from "../../kv/entry";
import { type CancelledError, CloudflareError, codes, isAmbiguous, isGone, withRemedy } from "../../kv/error";
import type { StoredValue } from "../../kv/stored-value";
import { sha256 } from "../../pulumi/asset";
import { Changes, isSame } from "../../pulumi/changes";
import { InitFailedError, InputError, messageOf } from "../../pulumi/errors";
import {
  type Call,
  type CheckResult,
  type CreateResult,
  type DiffResult,
  type Life,
  type Properties,
  quietCall,
  type ReadResult,
  type UpdateResult,
} from "../../pulumi/resource-provider";
import { leavesOf } from "../../pulumi/secret-inputs";
import { nameOf } from "../../pulumi/urn";
import { hasUnknown, isAbsent, problemsOfInputs, withoutAbsent } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import type { Session } from "../../session/session";
import { located } from "../address";
import { callOptions } from "../call-options";
import { lookPatiently, unsettled } from "../consistent-read";
import { explainedNamespace } from "../explained-namespace";
import { withSavedCredential } from "../wrappers/with-saved-credential";
import { isoTime, pastReason, problemsOfIgnored, problemsOutside } from "./check";
import { clearIdText, keyValueId, knownKeyValueId, knownNamespaceOf, parseKeyValueId } from "./id";
import { type KeyValueArgs as Args, keyValueSchema, type KeyValueState as State } from "./schema";
import { binaryMarkOf, inputsOf, isBinary, liveState, newForms, outputsOf, shows } from "./state";
import { addValue, compareValues, valueBytes, valueForms, valueHash } from "./value";

const stables = ["accountId", "namespaceId", "key"];
/** Clocks differ, and time passes while a request is repeated. */
const expirationToleranceSeconds = 60;

/** One key, with its value, metadata and expiration. */
export class KeyValueLife implements Life {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async check(olds: Properties, news: Properties, call: Call = quietCall): Promise<CheckResult> {
    const failures = problemsOfInputs(keyValueSchema, news);
    if (failures.length === 0) failures.push(...problemsOutside(olds, news, this.#now()));
    if (failures.length === 0) failures.push(...(await problemsOfIgnored(olds, news)));
    if (failures.length === 0) this.#warnOfPast(olds, news, call);
    if (call.secrets?.covers("key") && !this.#session.claims.isChecked(call.urn)) call.log.warning(clearIdText("key"));
    const { inputs, failures: misplaced } = located(olds, news, this.#session);
    failures.push(...misplaced);
    this.#claim(olds, { accountId: olds.accountId, ...inputs }, call);
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<DiffResult> {
    const changes = new Changes();
    for (const name of ["accountId", "namespaceId", "key", "expiration", "expirationTtl"]) {
      changes.compare(name, olds[name], news[name], { replace: true });
    }
    compareValues(changes, olds, news);
    changes.compareMembers("metadata", olds.metadata, news.metadata, call.secrets?.openLevels("metadata"));
    const { claims } = this.#session;
    const isLost = claims.isChecked(call.urn) && claims.isDeleted(id);
    if (isLost) addValue(changes, olds, news);
    const result = changes.result(stables);
    if (result.replaces.length === 0 && (isLost || needsWrite(olds, news))) this.#explainTtl(news, call);
    return result;
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    if (call.preview) return { id: "", outs: knownOutputs(inputs) };
    const { claims } = this.#session;
    const args = inputs as Args;
    const id = keyValueId(args);
    claims.add(call.urn, id);
    try {
      return { id, outs: await this.#write(args, claims, call) };
    } catch (error) {
      const kept = claims.keptOutputs(id) ?? (claims.isHandedOver(id) ? { ...args } : undefined);
      throw afterFailedCreate(error, id, args, kept, claims.before(call.urn)?.id === id);
    }
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    return withSavedCredential(this.#session, () => this.#read(id, props, call));
  }

  async #read(id: string, props: Properties, call: Call): Promise<ReadResult> {
    const address = parseKeyValueId(id, this.#session.config.accountId?.value);
    const state = props as Partial<State>;
    if (state.valueSha256 !== undefined) this.#session.claims.recordOwn(id);
    if (state.key === undefined) return this.#import(keyValueId(address), address, call);
    const asItWas = { id, props, inputs: inputsOf(props) };
    if (this.#isSpent(state)) return asItWas;
    const look = () => this.#find(address, isBinary(state), call);
    const isBelievable = (found: StoredValue | undefined) => shows(state, found) || (!found && this.#isOver(state));
    const found = await lookPatiently(this.#session, state.writtenAt, look, isBelievable, call);
    if (found === unsettled) return asItWas;
    if (found === undefined) return { id: "" };
    const live = liveState({ ...state, ...address }, found);
    const isSecret = valueForms.some((form) => call.secrets?.touches(form));
    const isChanged = !isSame(state.metadata, live.metadata);
    const metadata = isSecret && isChanged ? leavesOf(live.metadata, ["metadata"]) : [];
    return { id, props: live, inputs: inputsOf(live), secrets: [...newForms(state, live), ...metadata] };
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    const { claims } = this.#session;
    const isLost = claims.isDeleted(id);
    // Without any difference, the engine asks for what an earlier run has left unfinished.
    if (!needsWrite(olds, news) && isOtherForm(olds, news) && !isLost) return { outs: { ...news, ...outputsOf(olds) } };
    if (call.preview) return { outs: knownOutputs(news) };
    if (isLost) call.log.info("written again: another resource, which had the same key, has deleted it");
    claims.add(call.urn, id);
    try {
      return { outs: await this.#write(news as Args, claims, call) };
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      const reasons = [explainedDoubt(error).message];
      throw new InitFailedError(id, withoutAbsent({ ...news, writtenAt: olds.writtenAt }), reasons);
    }
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(this.#session, () => this.#delete(id, props, call));
  }

  async #delete(id: string, props: Properties, call: Call): Promise<void> {
    const { claims, keys } = this.#session;
    const address = parseKeyValueId(id);
    const deletion = claims.beginDeletion();
    try {
      const holder = deletion.take([id]).get(id);
      if (holder !== undefined) {
        claims.keep(id, props);
        const isSame = claims.isDeclaredBy(call.urn, id);
        call.log.info(isSame ? "replaced in one write: the key stays" : `kept: now declared by ${holder}`);
        return;
      }
      await keys.delete(address, callOptions(call)).catch((error) => {
        if (!isGone(error)) throw error;
      });
      deletion.done([id]);
    } finally {
      deletion.end();
    }
  }

  #now(): number {
    return nowSeconds(this.#session.clock);
  }

  /** Of a new key: one that is there already stays as it is, and a change to a past time fails. */
  #warnOfPast(olds: Properties, { expiration }: Properties, call: Call): void {
    const isNew = isAbsent(olds.key) && !this.#session.claims.isChecked(call.urn);
    if (!isNew || typeof expiration !== "number" || !this.#isSpent({ expiration })) return;
    call.log.warning(`expired as declared (${isoTime(expiration)}): nothing will be written`);
  }

  /** Claims even what fails: another resource's delete must not remove a key because of a typing error here. */
  #claim(olds: Properties, inputs: Properties, call: Call): void {
    const { claims } = this.#session;
    const id = knownKeyValueId(inputs);
    const idBefore = knownKeyValueId(olds);
    const isFirstCheck = !claims.isChecked(call.urn);
    const before = idBefore ? { id: idBefore, expiration: olds.expiration } : undefined;
    claims.declare(call.urn, id ? [id] : [], before, id ? undefined : knownNamespaceOf(inputs));
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

  async #write(args: Args, claims: Claims, call: Call): Promise<Properties> {
    const { expiration, expirationTtl } = args;
    if (this.#isSpent(args)) return leave(args, claims, call);
    const value = await valueBytes(args);
    await claims.afterDeletion(keyValueId(args), call.signal);
    try {
      await this.#session.keys.put(args, { ...args, value }, callOptions(call));
    } catch (error) {
      if (this.#hasPassedMeanwhile(error, args)) return leave(args, claims, call);
      throw explainedNamespace(error, args, claims);
    }
    claims.recordWritten([keyValueId(args)]);
    const writtenAt = this.#now();
    return withoutAbsent({
      ...args,
      expiresAt: expiration ?? (expirationTtl === undefined ? undefined : writtenAt + expirationTtl),
      valueSha256: sha256(value),
      writtenAt,
      ...binaryMarkOf(args, value),
    });
  }

  #hasPassedMeanwhile(error: unknown, { expiration }: Args): boolean {
    if (!(error instanceof CloudflareError) || !error.has(codes.invalidExpiration)) return false;
    return expiration !== undefined && hasExpired(expiration, this.#now() + expirationToleranceSeconds);
  }

  async #import(id: string, address: KeyAddress, call: Call): Promise<ReadResult> {
    const found = await this.#find(address, false, call);
    if (!found) return { id: "", absence: "the namespace does not show this key; a new one may take a minute" };
    const live = liveState(address, found);
    const secrets = [...newForms({}, live), ...leavesOf(live.metadata, ["metadata"])];
    return { id, props: live, inputs: inputsOf(live), secrets };
  }

  async #find(address: KeyAddress, isBinary: boolean, call: Call): Promise<StoredValue | undefined> {
    try {
      return await this.#session.keys.get(address, isBinary, callOptions(call));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  #isOver({ expiresAt }: Partial<State>): boolean {
    return expiresAt !== undefined && expiresAt <= this.#now();
  }

  /** The declared time has passed, and no write would be accepted: that the key is gone is no drift. */
  #isSpent({ expiration }: Partial<State>): boolean {
    return expiration !== undefined && hasExpired(expiration, this.#now());
  }
}

/** Expired as declared. Only a key that is there with another expiration would stay against what is declared. */
function leave(args: Args, claims: Claims, call: Call): Properties {
  const { expiration = 0 } = args;
  const before = claims.before(call.urn);
  const isThere = before?.id === keyValueId(args) && before.expiration !== expiration;
  if (isThere) throw new InputError(`expiration ${pastReason(expiration)}`);
  call.log.info(`expired as declared (${isoTime(expiration)}): not written`);
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
  args: Args,
  kept: Properties | undefined,
  isInState: boolean,
): unknown {
  if (kept) {
    const told = "the key still has its old value and expiration: the next `pulumi up` writes it";
    const reasons = [told, messageOf(error)];
    return new InitFailedError(id, kept, reasons, contents);
  }
  if (!isAmbiguous(error)) return error;
  const unsure = explainedDoubt(error);
  return isInState ? unsure : new InitFailedError(id, { ...args }, [unsure.message]);
}

function explainedDoubt(error: CloudflareError | CancelledError): Error {
  return withRemedy(error, "Nobody knows whether it was written: the next `pulumi up` writes it again");
}
