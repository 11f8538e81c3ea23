import { nowSeconds } from "../kv/clock";
import { CancelledError, CloudflareError, isUnauthorized, withParts, withRemedy } from "../kv/error";
import { InitFailedError, InputError } from "../pulumi/errors";
import type {
  Call,
  CheckResult,
  CreateResult,
  DiffResult,
  Properties,
  ReadResult,
  ResourceProvider,
  UpdateResult,
} from "../pulumi/resource-provider";
import type { ResourceSchema } from "../pulumi/schema";
import { hasUnknown, isAbsent, problemsOf, problemsOfInputs } from "../pulumi/validate";
import type { CallContext } from "../session/context";
import type { ProviderSession } from "../session/session";
import { version } from "../version";

/** What each call of a resource answers. */
interface Answers {
  check: CheckResult;
  diff: DiffResult;
  create: CreateResult;
  read: ReadResult;
  update: UpdateResult;
  delete: undefined;
}

type Operation = keyof Answers;

/** What a call is asked with; what it has not is empty. */
interface Arguments<Context> {
  readonly id: string;
  /** The state: its inputs in a check, else its outputs. */
  readonly olds: Properties;
  /** The inputs to be. */
  readonly news: Properties;
  readonly context: Context;
}

/** The rest of a call. */
type Next<O extends Operation, Context> = (args: Arguments<Context>) => Promise<Answers[O]>;

/** Does something before a call, after it, or in its place. */
type Around<Outer, Inner = Outer> = <O extends Operation>(
  operation: O,
  args: Arguments<Outer>,
  next: Next<O, Inner>,
) => Promise<Answers[O]>;

/** The same provider, with more around each of its calls. */
export function wrap<Outer, Inner>(
  provider: ResourceProvider<Inner>,
  around: Around<Outer, Inner>,
): ResourceProvider<Outer> {
  const none: Properties = {};
  return {
    check: (olds, news, context) =>
      around("check", { id: "", olds, news, context }, (args) => provider.check(args.olds, args.news, args.context)),
    diff: (id, olds, news, context) =>
      around("diff", { id, olds, news, context }, (args) => provider.diff(args.id, args.olds, args.news, args.context)),
    create: (news, context) =>
      around("create", { id: "", olds: none, news, context }, (args) => provider.create(args.news, args.context)),
    read: (id, olds, context) =>
      around("read", { id, olds, news: none, context }, (args) => provider.read(args.id, args.olds, args.context)),
    update: (id, olds, news, context) =>
      around("update", { id, olds, news, context }, (args) =>
        provider.update(args.id, args.olds, args.news, args.context),
      ),
    delete: (id, olds, context) =>
      around("delete", { id, olds, news: none, context }, async (args) => {
        await provider.delete(args.id, args.olds, args.context);
        return undefined;
      }),
  };
}

/** Gives each call what it may look at, as it is when the call begins. */
export function withContext(session: ProviderSession): Around<Call, CallContext> {
  return (_operation, args, next) => session.during(args.context, (context) => next({ ...args, context }));
}

/** Tells each call whether names of keys are secret: then none of its texts has them. */
export function withHiddenKeys({ hidesKeys = () => false }: ResourceSchema): Around<Call> {
  return (_operation, args, next) => {
    const { context } = args;
    const { secrets } = context;
    return next(secrets ? { ...args, context: { ...context, hidesKeys: hidesKeys(secrets) } } : args);
  };
}

/** Each call knows what the other processes of the run have declared so far, and its checks are announced to them. */
export const withSharedClaims: Around<CallContext> = (operation, args, next) => {
  if (operation === "read") return next(args);
  const { urn, preview, log, clock, run } = args.context;
  const { claims } = run;
  claims.sync();
  const problem = claims.takeProblem();
  if (problem !== undefined) log.warning(problem);
  if (operation === "check") return claims.whileChecking(urn, clock, () => next(args));
  if (operation !== "diff" && !preview) claims.tellUpdate();
  return next(args);
};

const outcomes = {
  plan: "Nothing was changed: run it again",
  create: "Nothing was written: the next `pulumi up` tries again",
  refresh: "The state is as it was: refresh again",
  import: "Nothing was taken into the state: try again",
  update: "Nothing was changed: the next `pulumi up` tries again",
  delete: "It stays in the state: the next `pulumi up`, or `pulumi destroy`, deletes what is left",
} as const;

const savedCredentialRemedy =
  "Refresh and destroy use the credential of the configuration that the last `pulumi up` saved in the state: " +
  "if it was replaced since, run `pulumi up` first, or add --run-program";

/**
 * A failed request says what became of the resource, and what comes next. A write that may have taken effect is told by
 * the resource itself: it knows what that means.
 */
export const withOutcome: Around<CallContext> = async (operation, args, next) => {
  try {
    return await next(args);
  } catch (error) {
    if (!(error instanceof CloudflareError || error instanceof CancelledError)) throw error;
    const isTold = error.ambiguous && (operation === "create" || operation === "update");
    if (isTold) throw error;
    throw withParts(error, { outcome: outcomes[outcomeOf(operation, Object.keys(args.olds).length > 0)] });
  }
};

function outcomeOf(operation: Operation, isInState: boolean): keyof typeof outcomes {
  if (operation === "check" || operation === "diff") return "plan";
  if (operation === "read") return isInState ? "refresh" : "import";
  return operation;
}

/** Refresh and destroy do not ask the configuration: a token that was rotated there since is not what they have. */
export const withSavedCredential: Around<CallContext> = async (operation, args, next) => {
  if (operation !== "read" && operation !== "delete") return next(args);
  try {
    return await next(args);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const isSaved = args.context.connection.config.credentialSource === "configuration";
    throw withRemedy(error, isSaved ? savedCredentialRemedy : "The credential is that of the environment");
  }
};

/**
 * Counts the forms in which the outputs of a resource are kept. Whoever changes one so that the code before could
 * misread it counts up, and brings older states into the new form in `unmarked`, which sees every state first.
 */
const stateVersion = 1;
/** Among the outputs; the engine shows no name that begins so. States from before it are of version 1. */
const marker = "__stateVersion";

/** Among the outputs too, of a resource whose last step has failed half-way; the next whole one takes it away. */
const unfinished = "__unfinished";

/**
 * What has failed half-way is read before the next plan, by Pulumi itself: with the credential that is in the state,
 * and as soon as the user tries again. So a read that fails is no failure there, one that may show what was before is
 * not made, and one that finds nothing forgets nothing: what stays uncertain is written again, or deleted.
 */
export const withUnfinished: Around<CallContext> = (operation, args, next) => {
  const { [unfinished]: isUnfinished, ...olds } = args.olds;
  const rest = { ...args, olds };
  if (operation !== "read" || isUnfinished !== true)
    return mappingFailed(next(rest), (outs) => ({ ...outs, [unfinished]: true }));
  const asItWas: ReadResult = { id: args.id, props: args.olds, isUncertain: true };
  return lookedUp(rest, asItWas, next as Next<"read", CallContext>) as ReturnType<typeof next>;
};

async function lookedUp(
  { id, olds, news, context }: Arguments<CallContext>,
  asItWas: ReadResult,
  read: Next<"read", CallContext>,
): Promise<ReadResult> {
  const { clock, connection, log } = context;
  const writtenAt = typeof olds.writtenAt === "number" ? olds.writtenAt : 0;
  if (nowSeconds(clock) < writtenAt + connection.config.consistencySeconds) return asItWas;
  try {
    const found = await read({ id, olds, news, context: { ...context, isUnfinished: true } });
    return found.id === "" ? { id, props: olds } : found;
  } catch (error) {
    if (!(error instanceof CloudflareError)) throw error;
    log.warning(`what became of its last step could not be looked up, and the state is kept: ${error.message}`);
    return asItWas;
  }
}

/** Marks what is written into the state, and refuses a state that a newer provider has written. */
export const withStateVersion: Around<CallContext> = async (operation, args, next) => {
  if (operation === "check") return next(args);
  // A mark alone would be a change of the state that a refresh shows.
  const isMarked = operation !== "read" || Object.keys(args.olds).length === 0 || marker in args.olds;
  const answer = await mappingFailed(next({ ...args, olds: unmarked(args.olds) }), marked);
  return isMarked ? markedAnswer(answer) : answer;
};

/** Whatever of it goes into the state. */
function markedAnswer<T>(answer: T): T {
  if (typeof answer !== "object" || answer === null) return answer;
  const { outs, props } = answer as { readonly outs?: Properties; readonly props?: Properties };
  return { ...answer, ...(outs && { outs: marked(outs) }), ...(props && { props: marked(props) }) };
}

function marked(outs: Properties): Properties {
  return { ...outs, [marker]: stateVersion };
}

function unmarked({ [marker]: found, ...props }: Properties): Properties {
  if (typeof found !== "number" || found <= stateVersion) return props;
  throw new InputError(
    `The state of this resource has the form ${found}, which a newer pulumi-cloudflare-kv has written, and ${version} ` +
      `knows forms up to ${stateVersion}: upgrade pulumi-cloudflare-kv`,
  );
}

/** Changes what goes into the state where it fails half-way. */
async function mappingFailed<T>(result: Promise<T>, change: (outs: Properties) => Properties): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof InitFailedError)) throw error;
    throw new InitFailedError(error.id, change(error.properties), error.reasons, error.secrets);
  }
}

/**
 * A resource is only asked what makes sense. Pulumi's engine sends what Check has passed, and the state as it was
 * answered; another caller, or a state edited by hand, gets a sentence that names the place.
 */
export function withValidation(schema: ResourceSchema): Around<CallContext> {
  return async (operation, args, next) => {
    if (operation === "check") return next(args);
    requireState(schema, args.olds);
    if (operation === "create" || operation === "update") requireInputs(schema, args.news, args.context);
    return next(args);
  };
}

function requireInputs(schema: ResourceSchema, inputs: Properties, { preview }: CallContext): void {
  const [problem] = problemsOfInputs(schema, inputs);
  if (problem) throw malformed(schema, "inputs", problem.property, problem.reason);
  const unknown = preview ? undefined : Object.keys(inputs).find((name) => hasUnknown(inputs[name]));
  if (unknown !== undefined) throw malformed(schema, "inputs", unknown, "must be known by now");
}

/** Outputs may be missing: an older version had fewer of them. */
function requireState(schema: ResourceSchema, state: Properties): void {
  const names = Object.keys(schema.outputs.shape).filter((name) => !isAbsent(state[name]));
  const outputs = Object.fromEntries(names.map((name) => [name, state[name]]));
  const problem = problemsOf(schema.outputs, outputs).find(({ property }) => names.includes(property));
  if (problem) throw malformed(schema, "state", problem.property, problem.reason);
}

function malformed({ name }: ResourceSchema, what: string, property: string, reason: string): InputError {
  return new InputError(`Malformed ${what} of a ${name}: ${property} ${reason}`);
}
