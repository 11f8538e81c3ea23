import "../require-node";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import type { dynamic } from "@pulumi/pulumi";
import type { Core, ResourceType } from "../core";
import { createCore } from "../index";
import { InitFailedError } from "../pulumi/errors";
import type { Call, CheckFailure, Properties } from "../pulumi/resource-provider";
import { SecretInputs } from "../pulumi/secret-inputs";
import { nameOf } from "../pulumi/urn";
import { ConfigError, stackConfig } from "../session/config";
import { type EngineLog, engineLog } from "./engine-log";
import { EngineWatch } from "./engine-watch";
import { marked, type Secrecy, type SecretChildren, wholly } from "./plugin/secrets";

/**
 * The dynamic way in, as Pulumi's dynamic-provider process sees it: the program's resources carry a constant
 * `__provider` that requires this file by its package's name. The process lives for one operation and serves all
 * resources of all types, so everything here is one for all.
 */
let host: typeof handler | undefined;

/** What other providers of the process, and our own last request, have left once the engine has gone. */
const graceMs = 2000;

/** Other providers start faster than this process, as a rule. */
const startRatio = 3;

/** What `exports.handler` of a resource answers. */
export function handler(name: string): dynamic.ResourceProvider<Properties, Properties> {
  host ??= dynamicHost(
    createCore(undefined, startRatio * 1000 * process.uptime()),
    engineAddress,
    whenEngineIsGone(),
    tooOld(),
  );
  return host(name);
}

/**
 * A handler for each type of resource; they share the core, and what went wrong with its configuration.
 *
 * @param gone Ends what runs, when nobody is left who waits for it.
 * @param unconfigured Said until there is a configuration.
 */
export function dynamicHost(
  core: Core,
  engineAddress: () => string | undefined,
  gone: Call["signal"] = new AbortController().signal,
  unconfigured?: ConfigError,
): typeof handler {
  const host = new DynamicHost(core, engineAddress, gone, unconfigured);
  const address = engineAddress();
  if (address) core.attach(address);
  return (name) => handlerIn(host, name);
}

/** When an engine is killed, nobody ends this process: it would go on sending, and then stay for ever. */
function whenEngineIsGone(): Call["signal"] {
  const gone = new AbortController();
  const watch = new EngineWatch(() => {
    gone.abort(new Error("the engine has gone"));
    setTimeout(() => process.exit(), graceMs);
  });
  const address = engineAddress();
  if (address) watch.watch(address);
  return gone.signal;
}

function handlerIn(host: DynamicHost, name: string): ReturnType<typeof handler> {
  const type = host.core.resources.get(`cloudflare-kv:index:${name}`);
  if (!type) throw new Error(`This version of pulumi-cloudflare-kv has no ${name}: install a newer one`);
  const { provider } = type;
  const answered = host.answered.bind(host);
  return {
    configure: async (request) => host.configure(request.config),
    check: (olds, news) =>
      answered(both(olds, news), async (call) => {
        const { configError } = host;
        if (configError) return { inputs: news, failures: [{ property: "", reason: configError.message }] };
        const { inputs, failures } = await provider.check(olds, news, call);
        return { inputs, failures: failures.map(withoutPath) };
      }),
    diff: (id, olds, news) =>
      answered(both(olds, news), async (call) => {
        const { changes, detailed, hidesMembers, ...rest } = await provider.diff(id, olds, news, call);
        // Undefined lets the engine show the inputs that differ; what it cannot see in the inputs must be true, and so
        // must be what it would show of secrets: the names of their members.
        const isSeen = changes && !hidesMembers && [...detailed.values()].every((change) => change.inputDiff);
        return { ...rest, ...(isSeen ? {} : { changes }) };
      }),
    create: (inputs) =>
      answered(inputs, async (call) => {
        const names = secretOutputs(type, call);
        const { id, outs } = await keepingFailed(names, provider.create(inputs, call));
        return { id, outs: withSecrets(outs, wholly(names)) };
      }),
    read: (id, props = {}) =>
      answered(props, async (call) => {
        const { secrets = [], absence, ...found } = await provider.read(id, props, call);
        if (found.id === "" && !isFromState(props)) throw new Error(absentText(name, id, absence));
        const inputs = marked(secrets);
        const names = [...secretOutputs(type, call), ...inputs.keys()].map(String);
        return {
          ...found,
          ...(found.props ? { props: withSecrets(found.props, wholly(names)) } : {}),
          ...(found.inputs ? { inputs: withSecrets(found.inputs, inputs) } : {}),
        };
      }),
    update: (id, olds, news) =>
      answered(both(olds, news), async (call) => {
        const names = secretOutputs(type, call);
        const { outs } = await keepingFailed(names, provider.update(id, olds, news, call));
        return { outs: withSecrets(outs, wholly(names)) };
      }),
    delete: (id, props) => answered(props, (call) => provider.delete(id, props, call)),
  };
}

/** What this process knows of the engine that has started it. */
class DynamicHost {
  readonly #logs: EngineLog;
  readonly #gone: Call["signal"];
  /** Kept until a resource is checked, where it can be said without a stack trace. */
  configError: ConfigError | undefined;

  constructor(
    readonly core: Core,
    engineAddress: () => string | undefined,
    gone: Call["signal"],
    unconfigured: ConfigError | undefined,
  ) {
    this.configError = unconfigured;
    this.#logs = engineLog(engineAddress);
    this.#gone = gone;
  }

  configure(config: dynamic.Config): void {
    const stack = { ...misspelled(config), ...stackConfig((key) => config.get(key)) };
    try {
      this.core.configure({ args: {}, stack, env: process.env });
      this.configError = undefined;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.configError = error;
    }
  }

  /** Runs a call; what it has to say is said before it is answered, and its errors carry no stack. */
  async answered<T>(props: Properties, run: (call: Call) => Promise<T>): Promise<T> {
    const urn = typeof props.__urn === "string" ? props.__urn : "";
    const log = this.#logs.for(urn);
    const secrets = new SecretInputs(secretsIn(props));
    const call: Call = { urn, preview: false, signal: AbortSignal.any([this.#gone]), log, secrets };
    try {
      return await run(call);
    } catch (error) {
      throw forUsers(this.configError ?? error, urn);
    } finally {
      await log.end();
    }
  }
}

/** The process is told no secrets: the program's classes say which inputs are. */
const secretsName = "__secrets";

function secretsIn({ [secretsName]: paths }: Properties): string[] {
  return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
}

/** What a call tells beside its properties, where it concerns old ones too. */
function both(olds: Properties, news: Properties): Properties {
  return { ...news, [secretsName]: [...secretsIn(olds), ...secretsIn(news)] };
}

/** The names of those that are always secret, and of those that tell something about a secret. */
function secretOutputs({ secretOutputs, derivedOutputs }: ResourceType, { secrets }: Call): string[] {
  const derived = Object.entries(derivedOutputs).filter(([, sources]) =>
    sources.some((name) => secrets?.touches(name)),
  );
  return [...secretOutputs, ...derived.map(([name]) => name)];
}

/** The first whose dynamic process calls `configure`, which tells a provider the stack's configuration. */
const neededPulumi = "3.139.0";

function tooOld(): ConfigError {
  const needed = `@pulumi/pulumi ${neededPulumi} or newer`;
  return new ConfigError(
    `pulumi-cloudflare-kv needs ${needed}, and this project has ${installedPulumi()}: run \`npm install @pulumi/pulumi@latest\``,
  );
}

/** The version that this process is of: its script is the package's own. */
function installedPulumi(): string {
  try {
    const require = createRequire(realpathSync(process.argv[1] ?? ""));
    return (require("../../package.json") as { version: string }).version;
  } catch {
    return "an older one";
  }
}

/** Whatever is meant for this provider, under names that may be none: Pulumi's class has them all, its interface only answers. */
function misspelled(config: dynamic.Config): Record<string, string> {
  const all: unknown = Reflect.get(config, "rawConfig");
  if (typeof all !== "object" || all === null) return {};
  const names = Object.keys(all).filter((key) => key.startsWith("cloudflare-kv:"));
  return Object.fromEntries(names.map((key) => [key, config.get(key) ?? ""]));
}

/**
 * Beside what the engine tells of it, the dynamic process prints whatever is thrown as text, with its stack: that line
 * points to the resource, which has the error. One of our own mistakes keeps both.
 */
function forUsers(error: unknown, urn: string): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  error.stack = "its error stands with the resource";
  // What was read once may fail for several calls, with the same error.
  const named = { value: () => (urn === "" ? "a resource" : nameOf(urn)), configurable: true };
  Object.defineProperty(error, "toString", named);
  delete error.cause;
  return error;
}

/** What stays in state of a failed step has the secrets that it would have had. */
async function keepingFailed<T>(names: readonly string[], result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof InitFailedError)) throw error;
    const { id, properties, reasons, secrets } = error;
    throw new InitFailedError(id, withSecrets(properties, wholly([...names, ...secrets])), reasons);
  }
}

/** The CLI prints the value of a property that a failure names, and here nobody knows which are secret. */
function withoutPath({ property, reason }: CheckFailure): CheckFailure {
  return { property: "", reason: property ? `${property} ${reason}` : reason };
}

/** Wraps as Pulumi's wire does; the process passes it on as it is. */
function withSecrets(properties: Properties, secrets: SecretChildren): Properties {
  return withWrapped(properties, secrets) as Properties;
}

function withWrapped(value: unknown, secrecy: Secrecy | undefined): unknown {
  if (secrecy === undefined || value === undefined) return value;
  if (secrecy === "whole") return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
  if (Array.isArray(value)) return value.map((item, index) => withWrapped(item, secrecy.get(index)));
  if (typeof value !== "object" || value === null) return withWrapped(value, "whole");
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withWrapped(part, secrecy.get(name))]));
}

function isFromState(props: Properties): boolean {
  return Object.keys(props).some((name) => !name.startsWith("__"));
}

/** Here the engine would go on with nothing. */
function absentText(name: string, id: string, absence: string | undefined): string {
  return `There is no ${name} with the id ${id}${absence === undefined ? "" : `: ${absence}`}`;
}

/** The process is told the engine's address and ignores it. */
function engineAddress(): string | undefined {
  const last = process.argv.at(-1);
  return last && /^127\.0\.0\.1:\d+$/.test(last) ? last : undefined;
}
