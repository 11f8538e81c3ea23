import { ResourceProviderService as rpcs } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Provider } from "./provider";
import { type Bag, elided } from "./value";

/** What the engine keeps of a resource. */
export interface State {
  readonly id: string;
  readonly inputs: Bag;
  readonly outs: Bag;
}

export interface Checked {
  readonly inputs: Bag;
  readonly failures: readonly string[];
}

export interface Difference {
  readonly changes: number;
  readonly diffs: readonly string[];
  readonly replaces: readonly string[];
  /** The kind of change by property path. */
  readonly detailed: ReadonlyMap<string, number>;
}

export interface Found {
  readonly id: string;
  readonly outs?: Bag;
  readonly inputs?: Bag;
}

const { DIFF_NONE } = proto.DiffResponse.DiffChanges;
const { ADD_REPLACE, DELETE_REPLACE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
const replaceKinds: readonly number[] = [ADD_REPLACE, DELETE_REPLACE, UPDATE_REPLACE];

/** The same in a plan and in its execution. */
const randomSeed = new Uint8Array(32).fill(7);

/** One resource, and what the engine asks of its provider: contents of assets where the engine sends them, and only there. */
export class Resource {
  readonly #provider: Provider;
  readonly #urn: string;
  readonly #type: string;

  constructor(provider: Provider, type: string, name = "resource") {
    this.#provider = provider;
    this.#type = type;
    this.#urn = `urn:pulumi:conformance::conformance::${type}::${name}`;
  }

  async check(olds: Bag, news: Bag): Promise<Checked> {
    const request = this.#about(new proto.CheckRequest())
      .setOlds(struct(elided(olds)))
      .setNews(struct(news))
      .setRandomseed(randomSeed);
    const response = await this.#provider.call(rpcs.check, request);
    const failures = response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
    return { inputs: bag(response.getInputs()) ?? {}, failures };
  }

  async diff({ id, inputs, outs }: State, news: Bag): Promise<Difference> {
    const request = this.#about(new proto.DiffRequest())
      .setId(id)
      .setOlds(struct(elided(outs)))
      .setOldInputs(struct(elided(inputs)))
      .setNews(struct(elided(news)));
    return differenceOf(await this.#provider.call(rpcs.diff, request));
  }

  async create(inputs: Bag, preview = false): Promise<State> {
    const request = this.#about(new proto.CreateRequest()).setProperties(struct(inputs)).setPreview(preview);
    const response = await this.#provider.call(rpcs.create, request);
    return { id: response.getId(), inputs, outs: bag(response.getProperties()) ?? {} };
  }

  /** Without a state it is an import. */
  async read(id: string, state?: State): Promise<Found> {
    const request = this.#about(new proto.ReadRequest()).setId(id);
    if (state) request.setProperties(struct(elided(state.outs))).setInputs(struct(elided(state.inputs)));
    const response = await this.#provider.call(rpcs.read, request);
    const [outs, inputs] = [bag(response.getProperties()), bag(response.getInputs())];
    return { id: response.getId(), ...(outs && { outs }), ...(inputs && { inputs }) };
  }

  async update({ id, inputs, outs }: State, news: Bag, preview = false): Promise<State> {
    const request = this.#about(new proto.UpdateRequest())
      .setId(id)
      .setOlds(struct(elided(outs)))
      .setOldInputs(struct(elided(inputs)))
      .setNews(struct(news))
      .setPreview(preview);
    const response = await this.#provider.call(rpcs.update, request);
    return { id, inputs: news, outs: bag(response.getProperties()) ?? {} };
  }

  async delete({ id, inputs, outs }: State): Promise<void> {
    const request = this.#about(new proto.DeleteRequest())
      .setId(id)
      .setProperties(struct(elided(outs)))
      .setOldInputs(struct(elided(inputs)));
    await this.#provider.call(rpcs.delete, request);
  }

  /** The engine's word at the end of each operation: what follows is another `pulumi up`, refresh or destroy. */
  async endOperation(): Promise<void> {
    await this.#provider.call(rpcs.cancel, new Empty());
  }

  #about<Request extends Named>(request: Request): Request {
    request.setUrn(this.#urn);
    request.setType(this.#type);
    request.setName(this.#urn.slice(this.#urn.lastIndexOf(":") + 1));
    return request;
  }
}

export function isNothing({ changes }: Difference): boolean {
  return changes === DIFF_NONE;
}

export function isReplacement(kind: number): boolean {
  return replaceKinds.includes(kind);
}

export function differenceOf(response: proto.DiffResponse): Difference {
  const detailed = new Map<string, number>();
  response.getDetaileddiffMap().forEach((change, path) => {
    detailed.set(path, change.getKind());
  });
  return {
    changes: response.getChanges(),
    diffs: response.getDiffsList(),
    replaces: response.getReplacesList(),
    detailed,
  };
}

export function struct(properties: Bag): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

export function bag(struct: Struct | undefined): Bag | undefined {
  return struct?.toJavaScript() as Bag | undefined;
}

interface Named {
  setUrn(urn: string): unknown;
  setType(type: string): unknown;
  setName(name: string): unknown;
}
