import { isDeepStrictEqual } from "node:util";
import {
  CheckFailure,
  type CheckRequest,
  CheckResponse,
  type ConfigureRequest,
  ConfigureResponse,
  type DiffRequest,
  DiffResponse,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb";
import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { decode, encode } from "./codec";
import type { EngineSession } from "./engine-session";
import { union, wholly } from "./secrets";

/**
 * The engine strips secrets here, so nothing tells which argument the user marked; a credential is one in any case.
 * The engine prints the value of a property that a failure names: none is named.
 */
export function checkConfig(session: EngineSession, request: CheckRequest): CheckResponse {
  const news = decode(request.getNews());
  const { inputs, failures, secrets } = session.core.checkConfig(news.properties);
  return new CheckResponse()
    .setInputs(encode(inputs, union(news.secrets, wholly(secrets))))
    .setFailuresList(
      failures.map(({ property, reason }) =>
        new CheckFailure().setReason(property === "" ? reason : `${property}: ${reason}`),
      ),
    );
}

/**
 * Never a replacement, whatever changed: it would replace every resource, with the old provider deleting after
 * the new one wrote. Never "no change" if something did: the engine would go on with the old arguments.
 */
export function diffConfig(request: DiffRequest): DiffResponse {
  const olds = decode(request.getOldInputs() ?? request.getOlds()).properties;
  const news = decode(request.getNews()).properties;
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => !isDeepStrictEqual(olds[key], news[key]),
  );
  const response = new DiffResponse()
    .setChanges(changed.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE)
    .setDiffsList(changed)
    .setHasdetaileddiff(true);
  for (const key of changed) {
    response.getDetaileddiffMap().set(key, new PropertyDiff().setKind(kindOf(key, olds, news)).setInputdiff(true));
  }
  return response;
}

/** Throws what the core throws: a `ConfigError` when what is given cannot be used. */
export function configure(
  session: EngineSession,
  request: ConfigureRequest,
  env: NodeJS.ProcessEnv,
): ConfigureResponse {
  session.core.configure({ args: decode(request.getArgs()).properties, stack: stackConfig(env), env });
  return new ConfigureResponse()
    .setAcceptsecrets(true)
    .setAcceptresources(true)
    .setSupportspreview(true)
    .setSupportsAutonamingConfiguration(true);
}

function kindOf(key: string, olds: Properties, news: Properties): PropertyDiff.Kind {
  if (!Object.hasOwn(olds, key)) return PropertyDiff.Kind.ADD;
  return Object.hasOwn(news, key) ? PropertyDiff.Kind.UPDATE : PropertyDiff.Kind.DELETE;
}

/** The engine puts this package's part of the stack's configuration there, without the namespace. */
function stackConfig({ PULUMI_CONFIG: json }: NodeJS.ProcessEnv): Record<string, string> {
  if (!json) return {};
  return Object.fromEntries(Object.entries(parseConfig(json)).map(([name, value]) => [`cloudflare-kv:${name}`, value]));
}

function parseConfig(json: string): Record<string, string> {
  try {
    const config: unknown = JSON.parse(json);
    if (isTextRecord(config)) return config;
  } catch {
    // A parser's message quotes what it read, and that can be a token.
  }
  throw new InputError("The environment variable PULUMI_CONFIG is malformed: expected a JSON object of strings");
}

function isTextRecord(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}
