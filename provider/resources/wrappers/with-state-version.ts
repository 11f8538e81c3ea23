import { InitFailedError, InputError } from "../../pulumi/errors";
import type { Life, Properties } from "../../pulumi/resource-provider";
import { version } from "../../version";

/**
 * Counts the forms in which the outputs of a resource are kept. Whoever changes one so that the code before could
 * misread it counts up, and brings older states into the new form in `unmarked`, which sees every state first.
 */
const stateVersion = 1;
/** Among the outputs; the engine shows no name that begins so. States from before it are of version 1. */
const marker = "__stateVersion";

/** The same life, which marks what it writes, and refuses a state that a newer provider has written. */
export function withStateVersion(life: Life): Life {
  return {
    check: (olds, news, call) => life.check(olds, news, call),
    diff: async (id, olds, news, call) => life.diff(id, unmarked(olds), news, call),
    async create(inputs, call) {
      const { id, outs } = await markingFailed(life.create(inputs, call));
      return { id, outs: marked(outs) };
    },
    async read(id, props, call) {
      const found = await life.read(id, props && unmarked(props), call);
      // A mark alone would be a change of the state that a refresh shows.
      const isMarked = props === undefined || marker in props;
      return found.props && isMarked ? { ...found, props: marked(found.props) } : found;
    },
    async update(id, olds, news, call) {
      const { outs } = await markingFailed(life.update(id, unmarked(olds), news, call));
      return { outs: marked(outs) };
    },
    delete: async (id, props, call) => life.delete(id, unmarked(props), call),
  };
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
