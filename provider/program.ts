import { createCore } from "./index";
import { InputError, type Properties, quietCall } from "./resources/resource";
import { SecretInputs } from "./resources/secret-inputs";
import { stackConfig } from "./session/config";

/** What the program's process knows of its stack, and how it tells its user something. */
export interface Program {
  /** True where the arguments hold secrets: then no message names a key. */
  readonly hasSecretArgs?: boolean;
  /** A value of the stack's configuration, by its full name. */
  config(key: string): string | undefined;
  /** Shown while the program waits. */
  status(message: string): void;
}

/** One for all calls of a program: they share connections and the rate of requests. */
const core = createCore();

/** The dynamic door's functions, which run in the program's own process. Throws an error in a sentence. */
export async function invoke(name: string, args: Properties, program: Program): Promise<Properties> {
  const fn = core.functions.get(`cloudflare-kv:index:${name}`);
  if (!fn) throw new InputError(`There is no function ${name}`);
  core.configure({ args: {}, stack: stackConfig(program.config), env: process.env });
  const log = { ...quietCall.log, status: program.status };
  const secrets = new SecretInputs(program.hasSecretArgs ? Object.keys(args) : []);
  const { result, failures } = await fn.invoke(args, { ...quietCall, log, secrets });
  if (failures.length === 0) return result;
  throw new InputError(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
}
