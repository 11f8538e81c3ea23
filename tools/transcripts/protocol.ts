import type { MethodDefinition, ServiceError } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService as service } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  type CheckResponse,
  ConfigureRequest,
  type ConfigureResponse,
  CreateRequest,
  type CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  PropertyDiff,
  ProviderHandshakeRequest,
  type ProviderHandshakeResponse,
  ReadRequest,
  type ReadResponse,
  UpdateRequest,
  type UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { CallError, plain, struct } from "../engine/call";
import type { Properties } from "../engine/property";
import type { ProviderClient } from "../provider-client";

type Send = (client: ProviderClient, request: Properties) => Promise<Properties>;

/** The calls of a provider, with requests and answers as the engine's own log writes them. */
export const methods: ReadonlyMap<string, Send> = new Map(
  Object.entries({
    Handshake: unary(service.handshake, ProviderHandshakeRequest, handshaken),
    Attach: unary(service.attach, PluginAttach, nothing),
    CheckConfig: unary(service.checkConfig, CheckRequest, checked),
    DiffConfig: unary(service.diffConfig, DiffRequest, compared),
    Configure: unary(service.configure, ConfigureRequest, configured),
    Check: unary(service.check, CheckRequest, checked),
    Diff: unary(service.diff, DiffRequest, compared),
    Create: unary(service.create, CreateRequest, found),
    Read: unary(service.read, ReadRequest, found),
    Update: unary(service.update, UpdateRequest, found),
    Delete: unary(service.delete, DeleteRequest, nothing),
    Cancel: unary(service.cancel, Empty, nothing),
  }),
);

function unary<Q extends object, R>(
  method: MethodDefinition<Q, R>,
  Request: new () => Q,
  read: (answer: R) => object,
): Send {
  return async (client, fields) => {
    const answer = await client.send(method, withFields(new Request(), fields)).catch((error: ServiceError) => {
      throw new CallError(error);
    });
    return withoutDefaults(read(answer));
  };
}

/** The generated setters do not keep to the fields' letter case. */
function withFields<M extends object>(message: M, fields: Properties): M {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(message));
  const setters = new Map(names.map((name) => [name.toLowerCase(), name]));
  for (const [field, value] of Object.entries(fields)) {
    const setter = setters.get(`set${field}${Array.isArray(value) ? "List" : ""}`.toLowerCase());
    if (setter === undefined) throw new Error(`${message.constructor.name} has no field ${field}`);
    (message as Setters)[setter]?.(field === "autonaming" ? autonaming(value) : isBag(value) ? struct(value) : value);
  }
  return message;
}

function isBag(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function autonaming(options: unknown): CheckRequest.AutonamingOptions {
  const { proposedName = "", mode = "PROPOSE" } = options as { proposedName?: string; mode?: ModeName };
  const { AutonamingOptions } = CheckRequest;
  return new AutonamingOptions().setProposedName(proposedName).setMode(AutonamingOptions.Mode[mode]);
}

type ModeName = keyof typeof CheckRequest.AutonamingOptions.Mode;

interface Setters {
  [setter: string]: ((value: unknown) => void) | undefined;
}

function handshaken(answer: ProviderHandshakeResponse): object {
  return {
    acceptSecrets: answer.getAcceptSecrets(),
    acceptResources: answer.getAcceptResources(),
    acceptOutputs: answer.getAcceptOutputs(),
    supportsAutonamingConfiguration: answer.getSupportsAutonamingConfiguration(),
    acceptsByteString: answer.getAcceptsByteString(),
  };
}

function configured(answer: ConfigureResponse): object {
  return {
    acceptSecrets: answer.getAcceptsecrets(),
    supportsPreview: answer.getSupportspreview(),
    acceptResources: answer.getAcceptresources(),
    acceptOutputs: answer.getAcceptoutputs(),
    supportsAutonamingConfiguration: answer.getSupportsAutonamingConfiguration(),
  };
}

function checked(answer: CheckResponse): object {
  const failures = answer.getFailuresList().map((failure) => withoutDefaults(failure.toObject()));
  return { inputs: plain(answer.getInputs()), failures };
}

function compared(answer: DiffResponse): object {
  const detailed = [...answer.getDetaileddiffMap().entries()].map(([path, diff]) => [path, change(diff)]);
  return {
    replaces: answer.getReplacesList(),
    stables: answer.getStablesList(),
    deleteBeforeReplace: answer.getDeletebeforereplace(),
    changes: nameIn(DiffResponse.DiffChanges, answer.getChanges()),
    diffs: answer.getDiffsList(),
    detailedDiff: detailed.length > 0 && Object.fromEntries(detailed),
    hasDetailedDiff: answer.getHasdetaileddiff(),
  };
}

function change(diff: PropertyDiff): object {
  return withoutDefaults({ kind: nameIn(PropertyDiff.Kind, diff.getKind()), inputDiff: diff.getInputdiff() });
}

function found(answer: CreateResponse | ReadResponse | UpdateResponse): object {
  return {
    id: "getId" in answer ? answer.getId() : "",
    properties: plain(answer.getProperties()),
    inputs: "getInputs" in answer ? plain(answer.getInputs()) : undefined,
    refreshBeforeUpdate: answer.getRefreshBeforeUpdate(),
  };
}

function nothing(): object {
  return {};
}

/** The first member of each enumeration is its default. */
function nameIn(members: object, member: number): string | undefined {
  return member === 0 ? undefined : Object.entries(members).find(([, number]) => number === member)?.[0];
}

function withoutDefaults(fields: object): Properties {
  const isGiven = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isGiven(value)));
}
