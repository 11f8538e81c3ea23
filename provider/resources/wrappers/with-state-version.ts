import { InitFailedError, InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import type { CallContext } from "../../session/context";
import { version } from "../../version";
import type { Around } from "./wrap";

/**
 * Counts the forms in which the outputs of a resource are kept. Whoever changes one so that the code before could
 * misread it counts up, and brings older states into the new form in `unmarked`, which sees every state first.
 */
const stateVersion = 1;
/** Among the outputs; the engine shows no name that begins so. States from before it are of version 1. */
const marker = "__stateVersion";

/** Marks what is written into the state, and refuses a state that a newer provider has written. */
export const withStateVersion: Around<CallContext> = async (operation, args, next) => {
  if (operation === "check") return next(args);
  // A mark alone would be a change of the state that a refresh shows.
  const isMarked = operation !== "read" || Object.keys(args.olds).length === 0 || marker in args.olds;
  const answer = await markingFailed(next({ ...args, olds: unmarked(args.olds) }));
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

async function markingFailed<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof InitFailedError)) throw error;
    throw new InitFailedError(error.id, marked(error.properties), error.reasons, error.secrets);
  }
}
