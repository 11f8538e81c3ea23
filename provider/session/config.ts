import { z } from "zod";
import { quotedId } from "../kv/quote";
import type { Credential } from "../kv/request";
import type { CheckFailure, CheckResult, Properties } from "../pulumi/resource-provider";
import { secretNames } from "../pulumi/schema";
import { hasUnknown, isAbsent, problemsOf, rule, wholeNumber } from "../pulumi/validate";

/** Where the configuration comes from, in the order in which it is asked. */
export interface ConfigSources {
  /** The provider's own arguments; for a default provider, what the engine took from the stack's configuration. */
  readonly args: Properties;
  /** The stack's configuration, names with their namespace: `cloudflare-kv:apiToken`, `cloudflare:apiToken`. */
  readonly stack: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a check of a provider's arguments finds. */
export interface ConfigCheckResult extends CheckResult {
  /** Names of arguments that are secret, whether the user marked them or not. */
  readonly secrets: readonly string[];
}

/** Thrown where the configuration cannot be used; the message says what to set, and where. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/** Where an account id came from: one from the environment may fill in, but never replace. */
export type Source = "configuration" | "environment";

export interface Config {
  readonly accountId: { readonly value: string; readonly source: Source } | undefined;
  readonly credential: Credential;
  /** One from the configuration is saved in the state; one from the environment never is. */
  readonly credentialSource: Source;
  readonly baseUrl: string;
  readonly maxConcurrency: number;
  readonly requestTimeoutMs: number;
  readonly requestsPerFiveMinutes: number;
  /** How long a read may be older than a write, and so is not believed when it does not show it. */
  readonly consistencySeconds: number;
  /** The way out for a destroy, which does not run the program. */
  readonly forceDestroy: boolean;
  /** Whether keys that are written or read at about the same time go in one request. */
  readonly coalescing: boolean;
}

const defaults = Object.freeze({
  baseUrl: "https://api.cloudflare.com/client/v4",
  maxConcurrency: 8,
  requestTimeout: 60,
  requestsPerFiveMinutes: 1000,
  /** By Cloudflare's documentation, and a margin. */
  consistencySeconds: 90,
});

const maxConsistencySeconds = 3600;

export function accountIdProblem(value: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(value) ? undefined : `must be 32 lowercase hexadecimal digits, not ${quotedId(value)}`;
}

/** Never quotes what it checks. */
function credentialProblem(value: string): string | undefined {
  if (value === "") return "must not be empty";
  return /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : "has a character that no credential has, such as a space or a line break at its end; copy it again";
}

/** What the provider is told of itself: the arguments of a provider, or `pulumi config set cloudflare-kv:<name>`. */
export const configSchema = z.object({
  accountId: z
    .string()
    .superRefine(rule(accountIdProblem))
    .optional()
    .meta({
      description:
        "The account that holds the namespaces: 32 hexadecimal digits. A resource's own accountId comes first. " +
        "From the environment it fills in what is missing, and never moves a resource to another account.",
      env: ["CLOUDFLARE_ACCOUNT_ID"],
    }),
  apiToken: z
    .string()
    .superRefine(rule(credentialProblem))
    .optional()
    .meta({
      description: 'An API token with the permission "Workers KV Storage Write". Either this, or apiKey with email.',
      secret: true,
      env: ["CLOUDFLARE_API_TOKEN"],
    }),
  apiKey: z
    .string()
    .superRefine(rule(credentialProblem))
    .optional()
    .meta({
      description: "The global API key of the user named by email. An apiToken with few permissions is safer.",
      secret: true,
      env: ["CLOUDFLARE_API_KEY"],
    }),
  email: z
    .string()
    .superRefine(rule((value: string) => (/^\S+@\S+$/.test(value) ? undefined : "must be an e-mail address")))
    .optional()
    .meta({ description: "The e-mail address of the user whose global apiKey is given.", env: ["CLOUDFLARE_EMAIL"] }),
  baseUrl: z
    .string()
    .superRefine(rule(baseUrlProblem))
    .optional()
    .meta({
      description: `Where the API is, ${defaults.baseUrl} by default. It must be https, except on this machine or with allowInsecure.`,
      env: ["CLOUDFLARE_API_BASE_URL", "CLOUDFLARE_BASE_URL"],
      default: defaults.baseUrl,
    }),
  allowInsecure: z.boolean().optional().meta({
    description:
      "Permits a baseUrl that is neither https nor on this machine; credentials then travel in clear. Default false.",
    default: false,
  }),
  maxConcurrency: z
    .number()
    .superRefine(wholeNumber(1, 256))
    .optional()
    .meta({
      description: `Requests in flight at once, 1 to 256. Default ${defaults.maxConcurrency}.`,
      default: defaults.maxConcurrency,
    }),
  requestTimeout: z
    .number()
    .superRefine(wholeNumber(1, 3600))
    .optional()
    .meta({
      description: `Seconds that one attempt of a request may take, 1 to 3600. Default ${defaults.requestTimeout}.`,
      default: defaults.requestTimeout,
    }),
  requestsPerFiveMinutes: z
    .number()
    .superRefine(wholeNumber(1, 100_000))
    .optional()
    .meta({
      description:
        `Requests that may be sent in any five minutes; more of them wait. Default ${defaults.requestsPerFiveMinutes}: ` +
        "Cloudflare permits 1,200 to each user, over all their tokens and tools, and blocks all of them for five minutes when it is more.",
      default: defaults.requestsPerFiveMinutes,
    }),
});

type ConfigName = keyof typeof configSchema.shape;
type ConfigValues = z.output<typeof configSchema>;

/** What a stack's configuration says of this provider, asked for by full names. */
export function stackConfig(get: (key: string) => string | undefined): ConfigSources["stack"] {
  const own = Object.keys(configSchema.shape).map((name) => `cloudflare-kv:${name}`);
  const keys = [...own, "cloudflare:accountId", "cloudflare:apiToken"];
  return Object.fromEntries(keys.map((key) => [key, get(key) ?? ""]));
}

/** Validates a provider's arguments as the user gave them, and keeps them so. */
export function checkConfig(news: Properties): ConfigCheckResult {
  const known = ownArguments(news);
  const failures = [...problemsOf(configSchema, known), ...problemsTogether(known)];
  // What is refused may be a credential in another's place, or carry one.
  return {
    inputs: news,
    failures,
    secrets: [...secretNames(configSchema), ...failures.map(({ property }) => property)],
  };
}

/** The first source that says something decides; a credential is taken whole from one of them. */
export function resolveConfig({ args, stack, env }: ConfigSources): Config {
  const own = withFallback(ownArguments(args), coerced(fromStack(stack, "cloudflare-kv:")));
  const general = fromGeneralProvider(stack);
  const configured = withFallback(own, general);
  const configName = (name: ConfigName) => `${name in own || !general[name] ? "cloudflare-kv" : "cloudflare"}:${name}`;
  const problems = [...problemsOf(configSchema, configured), ...problemsTogether(configured), ...unknownIn(configured)];
  throwOnProblem(problems, configName);
  const all = withFallback(configured, coerced(fromEnvironment(env)));
  throwOnProblem(problemsOf(configSchema, all), (name) => variableOf(name, env) ?? name);
  const { accountId, baseUrl: url = defaults.baseUrl, allowInsecure = false, ...rest } = all as ConfigValues;
  const baseUrl = url.replace(/\/+$/, "");
  const baseUrlName = configured.baseUrl === undefined ? variableOf("baseUrl", env) : "cloudflare-kv:baseUrl";
  throwOnInsecure(baseUrl, allowInsecure, baseUrlName);
  return {
    accountId: accountId
      ? { value: accountId, source: configured.accountId ? "configuration" : "environment" }
      : undefined,
    credential: credentialOf(rest),
    credentialSource: credentialNames.some((name) => name in configured) ? "configuration" : "environment",
    baseUrl,
    maxConcurrency: rest.maxConcurrency ?? defaults.maxConcurrency,
    requestTimeoutMs: (rest.requestTimeout ?? defaults.requestTimeout) * 1000,
    requestsPerFiveMinutes: rest.requestsPerFiveMinutes ?? defaults.requestsPerFiveMinutes,
    consistencySeconds: consistencySeconds(env),
    forceDestroy: flag(env, "CLOUDFLARE_KV_FORCE_DESTROY", false),
    coalescing: flag(env, "CLOUDFLARE_KV_COALESCING", true),
  };
}

/** The engine asks for nothing while an argument is not known. */
function unknownIn(values: Properties): CheckFailure[] {
  const names = Object.keys(values).filter((name) => hasUnknown(values[name]));
  return names.map((property) => ({ property, reason: "must be known by now" }));
}

const credentialNames = ["apiToken", "apiKey", "email"];

/** Fills what `over` leaves open; two sources never make one credential between them. */
function withFallback(over: Properties, under: Properties): Properties {
  const taken = credentialNames.some((name) => name in over) ? credentialNames : [];
  const free = Object.entries(under).filter(([name, value]) => !taken.includes(name) && !isAbsent(value));
  return { ...Object.fromEntries(free), ...over };
}

function credentialOf({ apiToken, apiKey, email }: ConfigValues): Credential {
  if (apiToken) return { apiToken };
  if (apiKey && email) return { apiKey, email };
  if (apiKey)
    throw new ConfigError("CLOUDFLARE_API_KEY is set without CLOUDFLARE_EMAIL: set both, or CLOUDFLARE_API_TOKEN");
  throw new ConfigError(
    "No Cloudflare credential is configured: run `pulumi config set --secret cloudflare-kv:apiToken <token>`, " +
      'or set CLOUDFLARE_API_TOKEN, with an API token that has the permission "Workers KV Storage Write"',
  );
}

/** Without what the engine adds; numbers and booleans as such, for configuration carries only strings. */
function ownArguments(args: Properties): Properties {
  const { version: _engines, ...rest } = args;
  return coerced(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== "" && !isAbsent(value))));
}

function coerced(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, coerce(name, value)]));
}

function coerce(name: string, value: unknown): unknown {
  if (typeof value !== "string" || !(name in configSchema.shape) || hasUnknown(value)) return value;
  const schema = configSchema.shape[name as ConfigName].unwrap();
  if (schema instanceof z.ZodNumber && /^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
  if (schema instanceof z.ZodBoolean && (value === "true" || value === "false")) return value === "true";
  return value;
}

function fromStack(stack: ConfigSources["stack"], prefix: string): Properties {
  const own = Object.entries(stack).filter(([name, value]) => name.startsWith(prefix) && value !== "");
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** Stacks that use Cloudflare's general provider have said these two already. */
function fromGeneralProvider(stack: ConfigSources["stack"]): Properties {
  const { accountId, apiToken } = fromStack(stack, "cloudflare:");
  return { accountId, apiToken };
}

/** Many machines have all credentials set, where the token is meant. */
function fromEnvironment(env: ConfigSources["env"]): Properties {
  const found = Object.keys(configSchema.shape).map((name) => {
    const variable = variableOf(name as ConfigName, env);
    return [name, variable && env[variable]];
  });
  const { apiKey, email, ...rest } = Object.fromEntries(found.filter(([, value]) => value));
  return rest.apiToken ? rest : { ...rest, apiKey, email };
}

/** The variable that is set, of those that can give this. */
function variableOf(name: ConfigName, env: ConfigSources["env"]): string | undefined {
  return configSchema.shape[name].meta()?.env?.find((candidate) => env[candidate]);
}

function consistencySeconds({ CLOUDFLARE_KV_CONSISTENCY_SECONDS: given }: ConfigSources["env"]): number {
  if (!given) return defaults.consistencySeconds;
  if (/^\d+$/.test(given) && Number(given) <= maxConsistencySeconds) return Number(given);
  throw new ConfigError(
    `CLOUDFLARE_KV_CONSISTENCY_SECONDS must be a whole number from 0 to ${maxConsistencySeconds}, not "${given}"`,
  );
}

function flag(env: ConfigSources["env"], name: string, byDefault: boolean): boolean {
  const given = env[name];
  if (!given) return byDefault;
  if (given !== "true" && given !== "false") throw new ConfigError(`${name} must be true or false, not "${given}"`);
  return given === "true";
}

/** An unknown may yet turn out to be absent, so it excludes nothing. */
function problemsTogether(values: Properties): CheckFailure[] {
  if (credentialNames.some((name) => hasUnknown(values[name]))) return [];
  const given = (name: ConfigName) => !isAbsent(values[name]);
  if (given("apiToken") && given("apiKey")) {
    return [{ property: "apiKey", reason: "must not be given beside apiToken; give one of the two" }];
  }
  if (given("apiKey") !== given("email")) {
    const [missing, other] = given("apiKey") ? ["email", "apiKey"] : ["apiKey", "email"];
    return given("apiToken") ? [] : [{ property: missing as string, reason: `is required beside ${other}` }];
  }
  return [];
}

function throwOnProblem([problem]: CheckFailure[], nameOf: (name: ConfigName) => string): void {
  if (problem) throw new ConfigError(`${nameOf(problem.property as ConfigName)} ${problem.reason}`);
}

function baseUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return `must be a URL such as ${defaults.baseUrl}`;
  const url = new URL(value);
  if (url.username || url.password) return "must not carry a user name or a password; use apiToken";
  if (url.search || url.hash) return "must end with its path, without ? or #";
  return url.protocol === "https:" || url.protocol === "http:" ? undefined : "must begin with https://";
}

function throwOnInsecure(baseUrl: string, allowInsecure: boolean, name: string | undefined): void {
  const { protocol, hostname, host } = new URL(baseUrl);
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  if (protocol === "https:" || isLoopback || allowInsecure) return;
  throw new ConfigError(
    `${name} http://${host} would send the credential in clear: use https, or set cloudflare-kv:allowInsecure to true`,
  );
}
