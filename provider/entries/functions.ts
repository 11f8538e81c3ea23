import type { Core } from "../core";
import { createCore } from "../index";
import { InputError } from "../pulumi/errors";
import type { Call, Properties } from "../pulumi/resource-provider";
import { SecretInputs } from "../pulumi/secret-inputs";
import type { ConfigSources } from "../session/config";
import { ConfigError, configSchema, stackConfig } from "../session/config";

/** What the program's process knows of its stack, and how it tells its user something. */
export interface Program {
  /** True where the arguments hold secrets: then no message names a key. */
  readonly hasSecretArgs?: boolean;
  /** A value of the stack's configuration, by its full name. */
  config(key: string): string | undefined;
  /** Of this process. */
  readonly env: ConfigSources["env"];
  /** True where the stack's environment need not be that of this process, and nobody tells it. */
  readonly isInline: boolean;
  /** Shown while the program waits. */
  status(message: string): void;
}

/** One for all calls of a stack, which share connections and the rate of requests; a process may hold several stacks. */
const cores = new Map<string, Core>();

/** The functions of the dynamic way in, which run in the program's own process. Throws an error in a sentence. */
export async function callFunction(name: string, args: Properties, program: Program): Promise<Properties> {
  const fn = configuredCore(program).functions.get(`cloudflare-kv:index:${name}`);
  if (!fn) throw new InputError(`There is no function ${name}`);
  const { result, failures } = await fn.invoke(args, callOf(args, program));
  if (failures.length === 0) return result;
  const isOfEnvironment = failures.some(({ property }) => property === "accountId" && args[property] === undefined);
  const reasons = failures.map(({ property, reason }) => `${property} ${reason}`).join("; ");
  throw new InputError(program.isInline && isOfEnvironment ? `${reasons}; ${configurationAlone}` : reasons);
}

/** A function has no resource, and here nobody to end it. */
function callOf(args: Properties, { hasSecretArgs, status }: Program): Call {
  const log = { info() {}, warning() {}, status };
  const secrets = new SecretInputs(hasSecretArgs ? Object.keys(args) : []);
  return { urn: "", preview: false, signal: new AbortController().signal, log, secrets };
}

const configurationAlone =
  "but the environment does not count here because an inline program of the Automation API is not told that of its " +
  "workspace: use stack.setConfig";

function configuredCore({ isInline, config, env }: Program): Core {
  const stack = stackConfig(config);
  if (!isInline) return coreFor(stack, env);
  try {
    refuseAddressOf(env, stack);
    return coreFor(stack, {});
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${error.message}; ${configurationAlone}`) : error;
  }
}

function coreFor(stack: ConfigSources["stack"], env: ConfigSources["env"]): Core {
  const key = JSON.stringify([stack, env]);
  const core = cores.get(key) ?? createCore();
  core.configure({ args: {}, stack, env });
  cores.set(key, core);
  return core;
}

/** Without a credential nothing would be asked; without the address, another store would. */
function refuseAddressOf(env: ConfigSources["env"], stack: ConfigSources["stack"]): void {
  const variable = configSchema.shape.baseUrl.meta()?.env?.find((name) => env[name]);
  if (!variable || stack["cloudflare-kv:baseUrl"]) return;
  throw new ConfigError(`${variable} is set, and cloudflare-kv:baseUrl is not`);
}
