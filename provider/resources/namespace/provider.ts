import type { KvNamespace } from "../../kv/answers";
import { nowSeconds } from "../../kv/clock";
import { CloudflareError, codes, isAmbiguous, isGone, isTimeout, withRemedy } from "../../kv/error";
import { Changes } from "../../pulumi/changes";
import { InitFailedError, InputError } from "../../pulumi/errors";
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
import { nameOf } from "../../pulumi/urn";
import { isAbsent, isUnknown, problemsOfInputs, withoutAbsent } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import type { Session } from "../../session/session";
import { accountIdFor, parseNamespaceId } from "../address";
import { callOptions } from "../call-options";
import { lookAgainAfterMs, lookPatiently, unsettled } from "../consistent-read";
import { withSavedCredential } from "../wrappers/with-saved-credential";
import { refuseForeignKeys } from "./foreign-keys";
import { adoptable, explainedBinding, explainedCreate, explainedRename } from "./remedies";
import { type NamespaceArgs as Args, namespaceOutputs, namespaceSchema, type NamespaceState as State } from "./schema";
import { autoname, defaultsKey, isAutonamed, keepsTitle, randomTitle } from "./title";

const stables = ["accountId", "namespaceId", "supportsUrlEncoding"];
const lookAfterTimeoutMs = 5_000;

/** A Workers KV namespace. */
export class NamespaceLife implements Life {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async check(olds: Properties, news: Properties, call: Call = quietCall): Promise<CheckResult> {
    const failures = problemsOfInputs(namespaceSchema, news);
    const inputs = withoutAbsent(news);
    const account = accountIdFor({ news, olds, configured: this.#session.config.accountId });
    if ("failure" in account) {
      failures.push(account.failure);
    } else {
      inputs.accountId = account.accountId;
    }
    if (isAbsent(inputs.title)) {
      const named = autoname(olds, call);
      if ("failure" in named) failures.push(named.failure);
      else if (named.title !== undefined) Object.assign(inputs, { title: named.title, [defaultsKey]: ["title"] });
    }
    this.#session.claims.declare(call.urn, []);
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<DiffResult> {
    const changes = new Changes();
    for (const name of ["accountId", "jurisdiction"]) changes.compare(name, olds[name], news[name], { replace: true });
    if (!keepsTitle(olds, news)) changes.compare("title", olds.title, news.title);
    for (const name of ["adopt", "forceDestroy"]) {
      if (!olds[name] !== !news[name] || isUnknown(news[name])) changes.add(name, olds[name], news[name]);
    }
    const isTitleTaken = !isAutonamed(news) && olds.title === news.title && olds.accountId === news.accountId;
    const result = changes.result(stables, isTitleTaken);
    const { claims } = this.#session;
    if (claims.isChecked(call.urn) && result.replaces.length === 0) claims.add(call.urn, id);
    return result;
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    if (call.preview) return { id: "", outs: inputs };
    const { claims } = this.#session;
    const named = withTitle(inputs as Args, call);
    const { namespace, adopted } = await this.#createOrAdopt(named, call);
    const id = `${named.accountId}/${namespace.id}`;
    claim(claims, id, call);
    return { id, outs: outputsOf(named, namespace, adopted ? undefined : this.#now()) };
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    return withSavedCredential(this.#session, () => this.#read(id, props, call));
  }

  async #read(id: string, props: Properties, call: Call): Promise<ReadResult> {
    const { accountId, namespaceId } = parseNamespaceId(id, this.#session.config.accountId?.value);
    const state = props as Partial<State>;
    const look = () => this.#get(accountId, namespaceId, call);
    const isBelievable = (found: KvNamespace | undefined) => found?.title === state.title;
    const found = await lookPatiently(this.#session, state.writtenAt, look, isBelievable, call);
    if (!found && id === namespaceId) call.log.warning(`there is none with this id in the account ${accountId}`);
    if (!found) return { id: "" };
    const outs =
      found === unsettled ? props : outputsOf(withPlace({ ...state, accountId }, found), found, state.writtenAt);
    return { id: `${accountId}/${namespaceId}`, props: outs, inputs: inputsOf(outs) };
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    const kept = { ...computedOf(olds), ...news };
    if (keepsTitle(olds, news)) return { outs: { ...kept, title: olds.title, [defaultsKey]: olds[defaultsKey] } };
    if (olds.title === news.title) return { outs: kept };
    if (call.preview) return { outs: withoutAbsent({ ...kept, writtenAt: undefined }) };
    const named = withTitle(news as Args, call);
    this.#session.claims.add(call.urn, id);
    await this.#rename(id, named, kept, call);
    return { outs: { ...kept, ...named, writtenAt: this.#now() } };
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(this.#session, () => this.#delete(id, props, call));
  }

  async #delete(id: string, props: Properties, call: Call): Promise<void> {
    const { claims, client, config } = this.#session;
    const { accountId, namespaceId } = parseNamespaceId(id, undefined);
    const [holder] = claims.holders(id);
    if (holder) {
      call.log.info(`kept: now declared by ${holder}`);
      return;
    }
    refuseDeclaredKeys(claims, id);
    if (!props.forceDestroy && !config.forceDestroy) await refuseForeignKeys(id, props.title, this.#session, call);
    try {
      await client.deleteNamespace(accountId, namespaceId, callOptions(call));
    } catch (error) {
      if (!isGone(error)) throw explainedBinding(error);
    }
  }

  #now(): number {
    return nowSeconds(this.#session.clock);
  }

  /** Looks first, so that a foreign namespace is never mistaken for the one that a failed request made. */
  async #createOrAdopt(
    args: Args & { title: string },
    call: Call,
  ): Promise<{ namespace: KvNamespace; adopted: boolean }> {
    const present = await this.#find(args, call);
    if (present) return { namespace: adoptable(present, args), adopted: true };
    try {
      return { namespace: await this.#create(args, call), adopted: false };
    } catch (error) {
      const ours = isAmbiguous(error)
        ? await this.#findCreated(args, afterTimeout(call)).catch(() => undefined)
        : undefined;
      if (ours) return { namespace: ours, adopted: false };
      throw explainedCreate(error, args.title);
    }
  }

  async #create({ accountId, title, jurisdiction }: Args & { title: string }, call: Call): Promise<KvNamespace> {
    const body = { title, jurisdiction };
    const namespace = await this.#session.client.createNamespace(accountId, body, callOptions(call));
    if (jurisdiction && namespace.jurisdiction !== jurisdiction) {
      const found = namespace.jurisdiction ?? "none";
      call.log.warning(`the jurisdiction ${jurisdiction} was asked for, and Cloudflare's answer says ${found}`);
    }
    return namespace;
  }

  /** What is there now and was not before is what the failed request made. A list may show it late. */
  async #findCreated(args: Args, call: Call): Promise<KvNamespace | undefined> {
    for (const pauseMs of lookAgainAfterMs) {
      const found = await this.#find(args, call);
      if (found) return found;
      await this.#session.clock.sleep(pauseMs, call.signal);
    }
    return this.#find(args, call);
  }

  async #find({ accountId, title }: Args, call: Call): Promise<KvNamespace | undefined> {
    const all = await this.#session.client.listNamespaces(accountId, callOptions(call));
    return all.find((namespace) => namespace.title === title);
  }

  async #get(accountId: string, namespaceId: string, call: Call): Promise<KvNamespace | undefined> {
    try {
      return await this.#session.client.getNamespace(accountId, namespaceId, callOptions(call));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async #rename(id: string, { title }: { title: string }, outs: Properties, call: Call): Promise<void> {
    const { accountId, namespaceId } = parseNamespaceId(id, undefined);
    const { client } = this.#session;
    try {
      await client.renameNamespace(accountId, namespaceId, title, callOptions(call));
    } catch (error) {
      // The title may be taken by this very namespace: an earlier request was not answered, and took effect.
      const isTaken = error instanceof CloudflareError && error.has(codes.namespaceExists);
      const holder = isTaken && (await client.getNamespace(accountId, namespaceId, callOptions(call)).catch(() => {}));
      if (holder && holder.title === title) return;
      if (!isAmbiguous(error)) throw explainedRename(error, title);
      const told = withRemedy(error, "Nobody knows whether it was renamed: the next `pulumi up` renames it again");
      throw new InitFailedError(id, withoutAbsent({ ...outs, title: undefined }), [told.message]);
    }
  }
}

/** A namespace that was created as the time ran out must not be lost: there is time for a look. */
function afterTimeout(call: Call): Call {
  return isTimeout(call.signal) ? { ...call, signal: AbortSignal.timeout(lookAfterTimeoutMs) } : call;
}

function claim(claims: Claims, id: string, call: Call): void {
  const others = claims.holders(id, call.urn);
  claims.add(call.urn, id);
  if (others.length === 0) return;
  call.log.warning(
    `the namespace is declared twice, by "${nameOf(call.urn)}" and "${others.join('", "')}": declare it once`,
  );
}

function refuseDeclaredKeys(claims: Claims, id: string): void {
  const holder = claims.holderIn(id);
  if (holder === undefined) return;
  throw new InputError(
    `The namespace ${id} is not deleted, for it holds keys that this program declares, such as that of "${holder}": ` +
      "keep the namespace, or declare the keys in another one",
  );
}

function withTitle(args: Args, call: Call): Args & { title: string } {
  if (args.title !== undefined) return { ...args, title: args.title };
  return Object.assign({ ...args, title: randomTitle(call.urn) }, { [defaultsKey]: ["title"] });
}

/** A jurisdiction can never change: only an import takes what it finds, for a difference would replace the namespace. */
function withPlace(state: Partial<State>, { jurisdiction }: KvNamespace): Properties {
  return state.namespaceId === undefined ? { ...state, jurisdiction: jurisdiction ?? state.jurisdiction } : state;
}

function outputsOf(args: Properties, namespace: KvNamespace, writtenAt: number | undefined): Properties {
  return withoutAbsent({
    ...args,
    title: namespace.title,
    namespaceId: namespace.id,
    supportsUrlEncoding: namespace.supports_url_encoding ?? true,
    writtenAt,
  });
}

const computedNames = Object.keys(namespaceOutputs.shape).filter((name) => name !== "title");

function computedOf(props: Properties): Properties {
  return Object.fromEntries(Object.entries(props).filter(([name]) => computedNames.includes(name)));
}

function inputsOf(props: Properties): Properties {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !computedNames.includes(name)));
}
