import { isDeepStrictEqual } from "node:util";
import {
  CheckRequest,
  CheckResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  PropertyDiff,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Core, ResourceType } from "../../core";
import { InitFailedError, InputError } from "../../pulumi/errors";
import { topLevel } from "../../pulumi/property-path";
import type * as resource from "../../pulumi/resource-provider";
import { parseUrn } from "../../pulumi/urn";
import { checkFailure } from "./check-failure";
import { type Decoded, decode, encode, required } from "./codec";
import type { EngineSession } from "./engine-session";
import { marked, type SecretChildren, secretInputs, union, wholly } from "./secrets";
import { InitFailure } from "./status";

export async function check(
  session: EngineSession,
  request: CheckRequest,
  disconnected: AbortSignal,
): Promise<CheckResponse> {
  const olds = decode(request.getOlds());
  const news = decode(required("Check", "news", request.getNews()));
  const autonaming = autonamingOf(request);
  const secrets = secretInputs(olds.secrets, news.secrets);
  const { inputs, failures } = await runCall(session, request, { disconnected, secrets }, ({ provider }, call) =>
    provider.check(olds.properties, news.properties, { ...call, autonaming }),
  );
  return new CheckResponse()
    .setInputs(encode(inputs, news.secrets))
    .setFailuresList(failures.map((failure) => checkFailure(failure, news)));
}

export async function diff(
  session: EngineSession,
  request: DiffRequest,
  disconnected: AbortSignal,
): Promise<DiffResponse> {
  const id = required("Diff", "id", request.getId());
  const olds = decode(request.getOlds() ?? request.getOldInputs());
  const news = decode(required("Diff", "news", request.getNews()));
  const secrets = secretInputs(inputSecrets(request, olds), news.secrets);
  const result = await runCall(session, request, { disconnected, secrets }, ({ provider }, call) =>
    provider.diff(id, olds.properties, news.properties, call),
  );
  return result.changes ? changes(result) : noChanges(result);
}

export async function create(
  session: EngineSession,
  request: CreateRequest,
  disconnected: AbortSignal,
): Promise<CreateResponse> {
  const inputs = decode(required("Create", "properties", request.getProperties()));
  const { secrets } = inputs;
  const timeout = request.getTimeout();
  const how = { disconnected, preview: request.getPreview(), timeout, secrets: secretInputs(secrets) };
  return runCall(session, request, how, async (type, call) => {
    const { id, outs } = await keepingFailed(type, secrets, type.provider.create(inputs.properties, call));
    return new CreateResponse().setId(id).setProperties(encodeOutputs(type, outs, secrets));
  });
}

export async function read(
  session: EngineSession,
  request: ReadRequest,
  disconnected: AbortSignal,
): Promise<ReadResponse> {
  const id = required("Read", "id", request.getId());
  const state = decode(request.getProperties());
  const inputs = decode(request.getInputs());
  const known = request.hasInputs() ? inputs.secrets : state.secrets;
  const timeout = request.getTimeout?.() ?? 0;
  const how = { disconnected, timeout, secrets: secretInputs(known) };
  return runCall(session, request, how, async (type, call) => {
    const found = await type.provider.read(id, whatIsKnown(state, inputs), call);
    const response = new ReadResponse().setId(found.id).setRefreshBeforeUpdate(found.isUncertain ?? false);
    // The engine says that there is no such resource.
    if (found.absence) call.log.warning(found.absence);
    if (found.id === "") return response;
    const foundSecrets = marked(found.secrets ?? []);
    const ofOutputs = union(union(state.secrets, inputs.secrets), foundSecrets);
    if (found.props) response.setProperties(encodeOutputs(type, found.props, ofOutputs));
    if (found.inputs)
      response.setInputs(encode(found.inputs, foundInputSecrets(found.inputs, state, inputs, foundSecrets)));
    return response;
  });
}

export async function update(
  session: EngineSession,
  request: UpdateRequest,
  disconnected: AbortSignal,
): Promise<UpdateResponse> {
  const id = required("Update", "id", request.getId());
  const olds = decode(request.getOlds() ?? request.getOldInputs());
  const news = decode(required("Update", "news", request.getNews()));
  const told = secretInputs(inputSecrets(request, olds), news.secrets);
  const how = { disconnected, preview: request.getPreview(), timeout: request.getTimeout(), secrets: told };
  return runCall(session, request, how, async (type, call) => {
    const secrets = union(olds.secrets, news.secrets);
    const updating = type.provider.update(id, olds.properties, news.properties, call);
    const { outs } = await keepingFailed(type, secrets, updating);
    return new UpdateResponse().setProperties(encodeOutputs(type, outs, secrets));
  });
}

export async function remove(
  session: EngineSession,
  request: DeleteRequest,
  disconnected: AbortSignal,
): Promise<Empty> {
  const id = required("Delete", "id", request.getId());
  const olds = decode(request.getProperties() ?? request.getOldInputs());
  const secrets = secretInputs(inputSecrets(request, olds));
  await runCall(session, request, { disconnected, timeout: request.getTimeout(), secrets }, ({ provider }, call) =>
    provider.delete(id, olds.properties, call),
  );
  return new Empty();
}

/** Outputs are secret as a whole, inputs in their parts: so these tell more, where the engine has them. */
function inputSecrets(request: WithOldInputs, olds: Decoded): SecretChildren {
  return request.hasOldInputs() ? decode(request.getOldInputs()).secrets : olds.secrets;
}

type WithOldInputs = Pick<DiffRequest, "hasOldInputs" | "getOldInputs">;

/**
 * Outputs are secret as a whole. The inputs tell the parts, but only of what is found as they have it: entries in another
 * order, say, have their secrets elsewhere. Where what is found tells its own secrets, those count.
 */
function foundInputSecrets(
  found: resource.Properties,
  state: Decoded,
  inputs: Decoded,
  foundSecrets: SecretChildren,
): SecretChildren {
  const secrets = new Map(foundSecrets);
  for (const [name, secrecy] of new Map([...state.secrets, ...inputs.secrets])) {
    if (secrecy !== "whole" && secrets.has(name)) continue;
    const isAsBefore = isDeepStrictEqual(found[name], inputs.properties[name]);
    secrets.set(name, isAsBefore ? secrecy : "whole");
  }
  return secrets;
}

interface Circumstances {
  /** Ends when the caller does not wait for the answer any more. */
  readonly disconnected: AbortSignal;
  readonly preview?: boolean;
  /** In seconds; 0 is none. */
  readonly timeout?: number;
  readonly secrets: resource.Call["secrets"];
}

async function runCall<Result>(
  session: EngineSession,
  request: { getUrn(): string },
  { disconnected, preview = false, timeout = 0, secrets }: Circumstances,
  answer: (type: ResourceType, call: resource.Call) => Promise<Result>,
): Promise<Result> {
  const urn = request.getUrn();
  const type = resourceType(session.core, urn);
  const deadline = startDeadline(timeout);
  try {
    return await session.runCall({ urn, preview, secrets, until: [disconnected, deadline.signal] }, (call) =>
      answer(type, call),
    );
  } finally {
    deadline.clear();
  }
}

function resourceType(core: Core, urn: string): ResourceType {
  const token = parseUrn(urn).type;
  const type = core.resources.get(token);
  if (type) return type;
  const known = [...core.resources.keys()].join(", ");
  throw new InputError(`Unknown resource type ${JSON.stringify(token)}: expected one of ${known}`);
}

const maxTimerMs = 2 ** 31 - 1;

function startDeadline(seconds: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  if (!(seconds > 0)) return { signal: controller.signal, clear: () => {} };
  const expire = () => controller.abort(timedOut(seconds));
  const timer = setTimeout(expire, Math.min(seconds * 1000, maxTimerMs));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

function timedOut(seconds: number): Error {
  const message = `the operation did not end within its timeout of ${seconds} s (customTimeouts)`;
  return Object.assign(new Error(message), { name: "TimeoutError" });
}

function autonamingOf(request: CheckRequest): resource.Autonaming {
  const randomSeed = request.getRandomseed_asU8();
  const options = request.getAutonaming();
  if (!options) return { randomSeed };
  const { DISABLE, ENFORCE } = CheckRequest.AutonamingOptions.Mode;
  if (options.getMode() === DISABLE) return { randomSeed, rule: { mode: "disable" } };
  const mode = options.getMode() === ENFORCE ? "enforce" : "propose";
  return { randomSeed, rule: { mode, name: options.getProposedName() } };
}

function noChanges(result: resource.DiffResult): DiffResponse {
  return new DiffResponse()
    .setChanges(DiffResponse.DiffChanges.DIFF_NONE)
    .setStablesList(result.stables)
    .setHasdetaileddiff(true);
}

function changes(result: resource.DiffResult): DiffResponse {
  const response = new DiffResponse()
    .setChanges(DiffResponse.DiffChanges.DIFF_SOME)
    .setReplacesList(result.replaces)
    .setStablesList(result.stables)
    .setDeletebeforereplace(result.deleteBeforeReplace)
    .setDiffsList([...new Set([...result.detailed.keys()].map(topLevel))])
    .setHasdetaileddiff(true);
  for (const [path, change] of result.detailed) response.getDetaileddiffMap().set(path, propertyDiff(change));
  return response;
}

const { Kind } = PropertyDiff;
const kinds = { add: Kind.ADD, update: Kind.UPDATE, delete: Kind.DELETE };
const replaceKinds = { add: Kind.ADD_REPLACE, update: Kind.UPDATE_REPLACE, delete: Kind.DELETE_REPLACE };

function propertyDiff({ kind, replace, inputDiff }: resource.PropertyChange): PropertyDiff {
  return new PropertyDiff().setKind((replace ? replaceKinds : kinds)[kind]).setInputdiff(inputDiff);
}

/** The engine finds secrets in outputs by what the provider says only: a name is secret wherever it was. */
function encodeOutputs(type: ResourceType, outs: resource.Properties, secrets: SecretChildren): Struct {
  const names = new Set([...type.secretOutputs, ...Object.keys(outs).filter((name) => secrets.has(name))]);
  for (const [name, sources] of Object.entries(type.derivedOutputs)) {
    if (sources.some((source) => secrets.has(source))) names.add(name);
  }
  return encode(outs, wholly(names));
}

async function keepingFailed<Result>(
  type: ResourceType,
  secrets: SecretChildren,
  result: Promise<Result>,
): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof InitFailedError)) throw error;
    throw new InitFailure(error, encodeOutputs(type, error.properties, union(secrets, wholly(error.secrets))));
  }
}

/** Nothing for an import, which knows the id only. What is read by id, with no state yet, has its arguments for a state. */
function whatIsKnown(state: Decoded, inputs: Decoded): resource.Properties {
  return (
    [state, inputs].map(({ properties }) => properties).find((properties) => Object.keys(properties).length > 0) ?? {}
  );
}
