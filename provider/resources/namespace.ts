import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { KvNamespace } from "../kv/client";
import { nowSeconds } from "../kv/clock";
import type { KeyAddress } from "../kv/entry";
import { CloudflareError, codes, isAmbiguous, isGone } from "../kv/error";
import { limits } from "../kv/limits";
import type { Session } from "../session";
import { accountIdFor, accountIdSchema } from "./account";
import { Changes } from "./changes";
import { nameOf } from "./claims";
import { parseNamespaceId } from "./namespace-id";
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
import { isAbsent, problemsOfInputs, rule, withoutAbsent } from "./validate";

const namespaceArgs = z.object({
  accountId: accountIdSchema,
  title: z
    .string()
    .superRefine(rule(titleProblem))
    .optional()
    .meta({
      description:
        `The title, 1 to ${limits.maxTitleLength} characters, unique in the account. A change renames the namespace in place. ` +
        "Without a title one is made from the resource's name and kept.",
    }),
  jurisdiction: z.enum(["eu", "fedramp", "us"]).optional().meta({
    description:
      "Where the data is kept: eu, fedramp or us; without it, everywhere. A change replaces the namespace, and its keys are lost.",
    replaces: true,
  }),
  adopt: z
    .boolean()
    .optional()
    .meta({
      description:
        "Takes over the namespace that has exactly this title, where there is one, instead of failing. Default false. " +
        "A destroy then deletes it like any other.",
    }),
  forceDestroy: z
    .boolean()
    .optional()
    .meta({
      description:
        "Permits deleting the namespace although it holds keys that this stack does not manage; they are deleted with it. " +
        "Default false. For one run, set CLOUDFLARE_KV_FORCE_DESTROY=true.",
    }),
});

const namespaceOutputs = z.object({
  title: z.string().meta({ description: "The title, also where it was made from the resource's name." }),
  namespaceId: z.string().meta({
    description: "The namespace's id, 32 hexadecimal digits, as Workers' bindings and the other resources want it.",
  }),
  supportsUrlEncoding: z.boolean().meta({
    description: "True where keys in a URL are decoded before they are stored, as in all but very old namespaces.",
  }),
  writtenAt: z.number().optional().meta({
    description:
      "When this resource last created or renamed the namespace, in unix seconds; absent when it was adopted.",
  }),
});

export const namespaceSchema: ResourceSchema = {
  name: "Namespace",
  description:
    "A Workers KV namespace. A new title renames it in place, and deleting it is refused while it holds keys that " +
    "this stack does not manage, unless forceDestroy is set.",
  args: namespaceArgs,
  outputs: namespaceOutputs,
  alternatives: [],
};

type Args = z.output<typeof namespaceArgs> & { accountId: string };
type State = Args & Partial<z.output<typeof namespaceOutputs>>;

const stables = ["accountId", "namespaceId", "supportsUrlEncoding"];
/** Marks, in inputs and outputs, what the user has not given. Pulumi's own name for it. */
const defaultsKey = "__defaults";
const longestPauseMs = 16_000;
/** Foreign keys that a refusal names, and listed keys that are confirmed at once. */
const namedKeys = 3;
const confirmedAtOnce = 20;

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
    for (const name of ["adopt", "forceDestroy"])
      changes.compare(name, olds[name] || undefined, news[name] || undefined);
    const isTitleTaken = !isAutonamed(news) && olds.title === news.title && olds.accountId === news.accountId;
    const result = changes.result(stables, isTitleTaken);
    const { claims } = this.#session;
    if (claims.isChecked(call.urn) && result.replaces.length === 0) claims.add(call.urn, id);
    return result;
  }

  async create(inputs: Properties, call: Call = quietCall): Promise<CreateResult> {
    if (call.preview) return { id: "", outs: inputs };
    const args = inputs as Args;
    const named = withTitle(args, call);
    const { namespace, adopted } = await this.#createOrAdopt(named, call);
    const id = `${args.accountId}/${namespace.id}`;
    this.#claim(id, call);
    return { id, outs: outputsOf(named, namespace, adopted ? undefined : this.#now()) };
  }

  read(id: string, props: Properties = {}, call: Call = quietCall): Promise<ReadResult> {
    return withSavedCredential(() => this.#read(id, props, call));
  }

  async #read(id: string, props: Properties, call: Call): Promise<ReadResult> {
    const { accountId, namespaceId } = parseNamespaceId(id, this.#session.config.accountId?.value);
    const state = props as Partial<State>;
    const look = () => this.#get(accountId, namespaceId, call);
    const isBelievable = (found: KvNamespace | undefined) => found?.title === state.title;
    const found = await lookPatiently(this.#session, state.writtenAt, look, isBelievable, call);
    if (!found) return { id: "" };
    const outs = found === unsettled ? props : outputsOf({ ...state, accountId }, found, state.writtenAt);
    return { id: `${accountId}/${namespaceId}`, props: outs, inputs: inputsOf(outs) };
  }

  async update(id: string, olds: Properties, news: Properties, call: Call = quietCall): Promise<UpdateResult> {
    const kept = { ...computedOf(olds), ...news };
    if (keepsTitle(olds, news)) return { outs: { ...kept, title: olds.title, [defaultsKey]: olds[defaultsKey] } };
    if (olds.title === news.title || call.preview) return { outs: kept };
    const named = withTitle(news as Args, call);
    this.#session.claims.add(call.urn, id);
    await this.#rename(id, named, kept, call);
    return { outs: { ...kept, ...named, writtenAt: this.#now() } };
  }

  delete(id: string, props: Properties, call: Call = quietCall): Promise<void> {
    return withSavedCredential(() => this.#delete(id, props, call));
  }

  async #delete(id: string, props: Properties, call: Call): Promise<void> {
    const { claims, client, forceDestroy } = this.#session;
    const [holder] = claims.holders(id);
    if (holder) {
      call.log.info(`kept: now declared by ${holder}`);
      return;
    }
    this.#refuseDeclaredKeys(id);
    const { accountId, namespaceId } = parseNamespaceId(id, undefined);
    if (!props.forceDestroy && !forceDestroy) await this.#refuseForeignKeys(id, props.title, call);
    try {
      await client.deleteNamespace(accountId, namespaceId, callOptions(call));
    } catch (error) {
      if (!isGone(error)) throw explainedBinding(error);
    }
    claims.recordDeleted(id);
  }

  #now(): number {
    return nowSeconds(this.#session.clock);
  }

  #claim(id: string, call: Call): void {
    const { claims } = this.#session;
    const others = claims.holders(id, call.urn);
    claims.add(call.urn, id);
    if (others.length === 0) return;
    call.log.warning(
      `the namespace is declared twice, by "${nameOf(call.urn)}" and "${others.join('", "')}": declare it once`,
    );
  }

  /** Looks first, so that a foreign namespace is never mistaken for the one that a failed request made. */
  async #createOrAdopt(
    args: Args & { title: string },
    call: Call,
  ): Promise<{ namespace: KvNamespace; adopted: boolean }> {
    const present = await this.#find(args, call);
    if (present) return { namespace: adoptable(present, args), adopted: true };
    try {
      const { accountId, title, jurisdiction } = args;
      const namespace = await this.#session.client.createNamespace(
        accountId,
        { title, jurisdiction },
        callOptions(call),
      );
      return { namespace, adopted: false };
    } catch (error) {
      const ours = isAmbiguous(error) ? await this.#find(args, call) : undefined;
      if (ours) return { namespace: ours, adopted: false };
      throw explainedCreate(error, args.title);
    }
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
    try {
      await this.#session.client.renameNamespace(accountId, namespaceId, title, callOptions(call));
    } catch (error) {
      if (!isAmbiguous(error)) throw explainedRename(error, title);
      const reason = `${messageOf(error)}; nobody knows whether it was renamed: the next \`pulumi up\` renames it again`;
      throw new InitFailedError(id, withoutAbsent({ ...outs, title: undefined }), [reason]);
    }
  }

  #refuseDeclaredKeys(id: string): void {
    const holder = this.#session.claims.holderBelow(`${id}/`);
    if (holder === undefined) return;
    throw new InputError(
      `The namespace ${id} is not deleted, for it holds keys that this program declares, such as that of "${holder}": ` +
        "keep the namespace, or declare the keys in another one",
    );
  }

  /** Refuses while a key is there that is not this stack's. Lists lag, so what they say is confirmed and looked at again. */
  async #refuseForeignKeys(id: string, title: unknown, call: Call): Promise<void> {
    const { clock, consistencySeconds } = this.#session;
    const until = this.#now() + consistencySeconds;
    for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const foreign = await this.#foreignKeys(id, call);
      if (foreign.length === 0) return;
      const leftMs = (until - this.#now()) * 1000;
      if (leftMs <= 0) throw new InputError(refusal(id, title, foreign));
      call.log.status(`still holds ${foreign.join(", ")}; looking again for ${Math.ceil(leftMs / 1000)} s`);
      await clock.sleep(Math.min(pauseMs, leftMs), call.signal);
    }
  }

  /** A few of the keys that are really there, and that this run neither knows nor has deleted. */
  async #foreignKeys(id: string, call: Call): Promise<string[]> {
    const { claims, client } = this.#session;
    const { accountId, namespaceId } = parseNamespaceId(id, undefined);
    const options = callOptions(call);
    let cursor: string | undefined;
    do {
      const page = await client.listKeys(accountId, namespaceId, { ...options, cursor }).catch((error) => {
        if (isGone(error)) return { names: [], cursor: undefined };
        throw error;
      });
      const strangers = page.names.filter((key) => !claims.isKnown(`${id}/${key}`));
      for (let start = 0; start < strangers.length; start += confirmedAtOnce) {
        const batch = strangers.slice(start, start + confirmedAtOnce);
        const present = await Promise.all(batch.map((key) => this.#exists({ accountId, namespaceId, key }, call)));
        const confirmed = batch.filter((_, index) => present[index]);
        if (confirmed.length > 0) return confirmed.slice(0, namedKeys);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    return [];
  }

  async #exists(address: KeyAddress, call: Call): Promise<boolean> {
    try {
      await this.#session.client.getMetadata(address, callOptions(call));
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }
}

function titleProblem(title: string): string | undefined {
  if (title.trim() === "") return "must not be empty; leave it out to have one made from the resource's name";
  if (!title.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot carry; remove it";
  const { length } = title;
  return length > limits.maxTitleLength
    ? `is ${length} characters long, at most ${limits.maxTitleLength} are allowed`
    : undefined;
}

function isAutonamed(props: Properties): boolean {
  const defaults = props[defaultsKey];
  return Array.isArray(defaults) && defaults.includes("title");
}

/** A name that was made once is kept, whatever a new one would be. */
function keepsTitle(olds: Properties, news: Properties): boolean {
  return isAbsent(news.title) && isAutonamed(olds) && typeof olds.title === "string";
}

/** The title to fill in; undefined leaves it to create, which is all that the dynamic door can do. */
function autoname(olds: Properties, call: Call): { title: unknown } | { failure: CheckFailure } {
  if (isAutonamed(olds)) return { title: olds.title };
  const { rule, randomSeed } = call.autonaming ?? { randomSeed: new Uint8Array() };
  if (rule?.mode === "disable") return failed("is required, for pulumi:autonaming is disabled");
  if (rule?.mode === "enforce") {
    const problem = titleProblem(rule.name);
    return problem ? failed(`by pulumi:autonaming ${problem}`) : { title: rule.name };
  }
  if (rule) return { title: rule.name.slice(0, limits.maxTitleLength) };
  return { title: randomSeed.length === 0 ? undefined : autoTitle(nameOf(call.urn), randomSeed) };
}

function failed(reason: string): { failure: CheckFailure } {
  return { failure: { property: "title", reason } };
}

/** The resource's name and seven random digits, as Pulumi's own providers do. */
function autoTitle(name: string, seed: Uint8Array): string {
  const suffix = `-${createHash("sha256").update(seed).update(name).digest("hex").slice(0, 7)}`;
  return name.slice(0, limits.maxTitleLength - suffix.length) + suffix;
}

function withTitle(args: Args, call: Call): Args & { title: string } {
  if (args.title !== undefined) return { ...args, title: args.title };
  const title = autoTitle(nameOf(call.urn) || "namespace", randomBytes(32));
  return { ...args, title, [defaultsKey]: ["title"] } as Args & { title: string };
}

function adoptable(present: KvNamespace, { adopt, title, jurisdiction, accountId }: Args): KvNamespace {
  const id = `${accountId}/${present.id}`;
  if (!adopt) {
    throw new InputError(
      `A namespace with the title "${title}" exists already: ${id}. To take it over set adopt: true or import that id; ` +
        "else choose another title",
    );
  }
  if (present.jurisdiction && present.jurisdiction !== jurisdiction) {
    throw new InputError(
      `The namespace "${title}" (${id}) cannot be adopted: its jurisdiction is ${present.jurisdiction}, not ${jurisdiction ?? "absent"}, and it can never change`,
    );
  }
  return present;
}

function explainedCreate(error: unknown, title: string): unknown {
  if (!(error instanceof CloudflareError)) return error;
  if (error.has(codes.namespaceExists)) {
    return explained(
      error,
      `somebody else has just created a namespace with the title "${title}": choose another title, or set adopt: true`,
    );
  }
  if (error.has(codes.tooManyNamespaces))
    return explained(error, "delete a namespace that is not needed, or ask Cloudflare for more");
  if (!isAmbiguous(error)) return error;
  return explained(
    error,
    `nobody knows whether it was created: if the next \`pulumi up\` finds the title "${title}" taken, set adopt: true`,
  );
}

function explainedRename(error: unknown, title: string): unknown {
  if (!(error instanceof CloudflareError) || !error.has(codes.namespaceExists)) return error;
  return explained(
    error,
    `another namespace has the title "${title}": where two swap their titles, give one of them a third title first`,
  );
}

function explainedBinding(error: unknown): unknown {
  if (!(error instanceof CloudflareError) || !error.has(codes.namespaceBound)) return error;
  return explained(
    error,
    "a Worker is bound to the namespace: remove the binding, deploy the Worker, then destroy again",
  );
}

function explained(error: CloudflareError, remedy: string): CloudflareError {
  return new CloudflareError(`${error.message}. ${remedy[0]?.toUpperCase()}${remedy.slice(1)}`, error);
}

function refusal(id: string, title: unknown, foreign: string[]): string {
  return (
    `The namespace "${title}" (${id}) is not deleted, for it holds keys that this stack does not manage, such as ` +
    `${foreign.map((key) => JSON.stringify(key)).join(", ")}. To delete them with it, set forceDestroy: true, run \`pulumi up\`, ` +
    "then destroy again; or set CLOUDFLARE_KV_FORCE_DESTROY=true for this one run"
  );
}

function outputsOf(args: Partial<Args>, namespace: KvNamespace, writtenAt: number | undefined): Properties {
  return withoutAbsent({
    ...args,
    title: namespace.title,
    jurisdiction: namespace.jurisdiction ?? args.jurisdiction,
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
