import type { KvNamespace } from "../../kv/answers";
import { nowSeconds } from "../../kv/clock";
import { CloudflareError, codes, isAmbiguous, isGone, isTimeout, withRemedy } from "../../kv/error";
import type { Changes } from "../../pulumi/changes";
import { compareAll } from "../../pulumi/compare";
import { InitFailedError, InputError } from "../../pulumi/errors";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Properties,
  ReadResult,
  ResourceProvider,
  UpdateResult,
} from "../../pulumi/resource-provider";
import { inputsIn, outputsIn, stablesOf } from "../../pulumi/schema";
import { nameOf } from "../../pulumi/urn";
import { hasUnknown, isAbsent, problemsOfInputs, withoutAbsent } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import { type CallContext, callOptions } from "../../session/context";
import { accountIdFor, parseNamespaceId } from "../address";
import { lookAgainAfterMs, readUntilConsistent, unsettled } from "../consistent-read";
import { rememberAdopted } from "../found-keys";
import { rememberInstant } from "../instant";
import { askForKeys, askForNamespaces } from "../preflight";
import { refuseForeignKeys } from "./foreign-keys";
import { adoptable, explainedBinding, explainedCreate, explainedRename } from "./remedies";
import { type NamespaceArgs as Args, namespaceSchema, type NamespaceState as State } from "./schema";
import { autoname, defaultsKey, isAutonamed, keepsTitle, randomTitle } from "./title";

const lookAfterTimeoutMs = 5_000;

/** A Workers KV namespace. */
export class NamespaceProvider implements ResourceProvider<CallContext> {
  async check(olds: Properties, news: Properties, context: CallContext): Promise<CheckResult> {
    const failures = problemsOfInputs(namespaceSchema, news);
    const inputs = withoutAbsent(news);
    const account = accountIdFor({ news, olds, configured: context.connection.config.accountId });
    if ("failure" in account) {
      failures.push(account.failure);
    } else {
      inputs.accountId = account.accountId;
    }
    if (isAbsent(inputs.title)) {
      const named = autoname(olds, context);
      if ("failure" in named) failures.push(named.failure);
      else if (named.title !== undefined) Object.assign(inputs, { title: named.title, [defaultsKey]: ["title"] });
    }
    context.run.claims.declare(context.urn, []);
    return { inputs, failures };
  }

  async diff(id: string, olds: Properties, news: Properties, context: CallContext): Promise<DiffResult> {
    const title = (all: Changes) => {
      if (!keepsTitle(olds, news)) all.compare("title", olds.title, news.title);
    };
    const changes = compareAll(namespaceSchema, olds, news, { own: { title } });
    // Adopted or imported: this stack has written nothing of it.
    if (isAbsent(olds.writtenAt)) rememberAdopted(id, context);
    const isTitleTaken = !isAutonamed(news) && olds.title === news.title && olds.accountId === news.accountId;
    const result = changes.result(stablesOf(namespaceSchema), isTitleTaken);
    const { claims } = context.run;
    if (result.replaces.length > 0 && isTitleTaken) context.run.memory(ReplacedNamespaces).ids.add(id);
    if (claims.isChecked(context.urn) && result.replaces.length === 0) {
      claims.add(context.urn, id);
      if (news.mode === "instant") rememberInstant(id, context);
    }
    return result;
  }

  async create(inputs: Properties, context: CallContext): Promise<CreateResult> {
    if (context.preview) {
      const present = hasUnknown(inputs) ? undefined : await foreseeTitle(inputs as Args, context);
      // What is to be taken over is known already: its keys can be looked at.
      return { id: "", outs: present ? outputsOf(inputs, present, undefined) : inputs };
    }
    const { claims } = context.run;
    const named = withTitle(inputs as Args, context);
    const { namespace, adopted } = await createOrAdopt(named, context);
    const id = `${named.accountId}/${namespace.id}`;
    claim(claims, id, context);
    if (named.mode === "instant") rememberInstant(id, context);
    if (adopted) {
      rememberAdopted(id, context);
      context.log.info(
        "adopted, with the keys that it holds: a destroy deletes it like any other, unless retainOnDelete is set",
      );
    }
    return { id, outs: outputsOf(named, namespace, adopted ? undefined : nowSeconds(context.clock)) };
  }

  async read(id: string, props: Properties, context: CallContext): Promise<ReadResult> {
    const { accountId, namespaceId } = parseNamespaceId(id, context.connection.config.accountId?.value);
    const state = props as Partial<State>;
    const look = () => find(accountId, namespaceId, context);
    const isBelievable = (found: KvNamespace | undefined) => found?.title === state.title;
    const found = await readUntilConsistent(state.writtenAt, look, isBelievable, context);
    if (!found && id === namespaceId) context.log.warning(`the account ${accountId} has no namespace with this id`);
    if (!found) return { id: "" };
    const outs =
      found === unsettled ? props : outputsOf(withPlace({ ...state, accountId }, found), found, state.writtenAt);
    const isUncertain = found === unsettled;
    return { id: `${accountId}/${namespaceId}`, props: outs, inputs: inputsIn(namespaceSchema, outs), isUncertain };
  }

  async update(id: string, olds: Properties, news: Properties, context: CallContext): Promise<UpdateResult> {
    const kept = { ...outputsIn(namespaceSchema, olds), ...news };
    if (keepsTitle(olds, news)) return { outs: { ...kept, title: olds.title, [defaultsKey]: olds[defaultsKey] } };
    if (olds.title === news.title) return { outs: kept };
    if (context.preview) return { outs: withoutAbsent({ ...kept, writtenAt: undefined }) };
    const named = withTitle(news as Args, context);
    context.run.claims.add(context.urn, id);
    await rename(id, named, kept, context);
    return { outs: { ...kept, ...named, writtenAt: nowSeconds(context.clock) } };
  }

  async delete(id: string, props: Properties, context: CallContext): Promise<void> {
    const {
      run: { claims },
      connection: { client, config },
    } = context;
    const { accountId, namespaceId } = parseNamespaceId(id, undefined);
    const [holder] = claims.holders(id);
    if (holder) {
      context.log.info(`kept: now declared by ${holder}`);
      return;
    }
    refuseDeclaredKeys(claims, id);
    if (!props.forceDestroy && !config.forceDestroy) await refuseForeignKeys(id, props.title, context);
    try {
      await client.deleteNamespace(accountId, namespaceId, callOptions(context));
    } catch (error) {
      if (!isGone(error)) throw explainedBinding(error);
    }
  }
}

/** Those that are deleted before others of their titles are created. */
class ReplacedNamespaces {
  readonly ids = new Set<string>();
}

/** Answers in a preview what the update will take over; what it must not take over fails here already. */
async function foreseeTitle(args: Args, context: CallContext): Promise<KvNamespace | undefined> {
  const namespaces = await askForNamespaces(args.accountId, context);
  const present = namespaces?.find(({ title }) => title === args.title);
  if (!present) return undefined;
  const address = { accountId: args.accountId, namespaceId: present.id };
  const id = `${address.accountId}/${address.namespaceId}`;
  // One of this stack may have another title by then, or be gone.
  if (context.run.claims.isKnown(id) || context.run.memory(ReplacedNamespaces).ids.has(id)) return undefined;
  adoptable(present, args);
  const content = (await askForKeys(address, context)) ? ", which holds keys" : "";
  context.log.info(`takes over ${id}${content}`);
  claim(context.run.claims, id, context);
  rememberAdopted(id, context);
  if (args.mode === "instant") rememberInstant(id, context);
  return present;
}

/** Looks first, so that a foreign namespace is never mistaken for the one that a failed request made. */
async function createOrAdopt(
  args: Args & { title: string },
  context: CallContext,
): Promise<{ namespace: KvNamespace; adopted: boolean }> {
  const present = await findByTitle(args, context);
  if (present) return { namespace: adoptable(present, args), adopted: true };
  try {
    return { namespace: await createNew(args, context), adopted: false };
  } catch (error) {
    const ours = isAmbiguous(error) ? await findCreated(args, afterTimeout(context)).catch(() => undefined) : undefined;
    if (ours) return { namespace: ours, adopted: false };
    throw explainedCreate(error, args.title);
  }
}

async function createNew(
  { accountId, title, jurisdiction, mode }: Args & { title: string },
  context: CallContext,
): Promise<KvNamespace> {
  const body = { title, jurisdiction, mode };
  const namespace = await context.connection.client.createNamespace(accountId, body, callOptions(context));
  if (jurisdiction && namespace.jurisdiction !== jurisdiction) {
    const found = namespace.jurisdiction ?? "none";
    context.log.warning(`the jurisdiction ${jurisdiction} was asked for, and Cloudflare's answer says ${found}`);
  }
  if (mode && namespace.mode !== mode)
    context.log.warning(`the mode ${mode} was asked for, and Cloudflare's answer says ${namespace.mode ?? "none"}`);
  return namespace;
}

/** What is there now and was not before is what the failed request made. A list may show it late. */
async function findCreated(args: Args, context: CallContext): Promise<KvNamespace | undefined> {
  for (const pauseMs of lookAgainAfterMs) {
    const found = await findByTitle(args, context);
    if (found) return found;
    await context.clock.sleep(pauseMs, context.signal);
  }
  return findByTitle(args, context);
}

async function findByTitle({ accountId, title }: Args, context: CallContext): Promise<KvNamespace | undefined> {
  const all = await context.connection.client.listNamespaces(accountId, callOptions(context));
  return all.find((namespace) => namespace.title === title);
}

async function find(accountId: string, namespaceId: string, context: CallContext): Promise<KvNamespace | undefined> {
  try {
    return await context.connection.client.getNamespace(accountId, namespaceId, callOptions(context));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function rename(id: string, { title }: { title: string }, outs: Properties, context: CallContext): Promise<void> {
  const { accountId, namespaceId } = parseNamespaceId(id, undefined);
  const { client } = context.connection;
  try {
    await client.renameNamespace(accountId, namespaceId, title, callOptions(context));
  } catch (error) {
    // The title may be taken by this very namespace: an earlier request was not answered, and took effect.
    const isTaken = error instanceof CloudflareError && error.has(codes.namespaceExists);
    const holder = isTaken && (await client.getNamespace(accountId, namespaceId, callOptions(context)).catch(() => {}));
    if (holder && holder.title === title) return;
    if (!isAmbiguous(error)) throw explainedRename(error, title);
    const told = withRemedy(error, "It may or may not have been renamed: the next `pulumi up` renames it again");
    const writtenAt = nowSeconds(context.clock);
    throw new InitFailedError(id, withoutAbsent({ ...outs, title: undefined, writtenAt }), [told.message]);
  }
}

/** A namespace that was created as the time ran out must not be lost: there is time for a look. */
function afterTimeout(context: CallContext): CallContext {
  return isTimeout(context.signal) ? { ...context, signal: AbortSignal.timeout(lookAfterTimeoutMs) } : context;
}

function claim(claims: Claims, id: string, context: CallContext): void {
  const others = claims.holders(id, context.urn);
  claims.add(context.urn, id);
  if (others.length === 0) return;
  context.log.warning(
    `the namespace is declared twice, by "${nameOf(context.urn)}" and "${others.join('", "')}": declare it once`,
  );
}

function refuseDeclaredKeys(claims: Claims, id: string): void {
  const holder = claims.holderIn(id);
  if (holder === undefined) return;
  throw new InputError(
    `The namespace ${id} is not deleted because it holds keys that this program declares, such as that of "${holder}": ` +
      "keep the namespace, or declare the keys in another one",
  );
}

function withTitle(args: Args, context: CallContext): Args & { title: string } {
  if (args.title !== undefined) return { ...args, title: args.title };
  return Object.assign({ ...args, title: randomTitle(context.urn) }, { [defaultsKey]: ["title"] });
}

/** A jurisdiction can never change: only an import takes what it finds, for a difference would replace the namespace. */
function withPlace(state: Partial<State>, { jurisdiction, mode }: KvNamespace): Properties {
  if (state.namespaceId !== undefined) return state;
  return { ...state, jurisdiction: jurisdiction ?? state.jurisdiction, mode: mode ?? state.mode };
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
