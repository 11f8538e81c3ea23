import type { Core } from "../../provider/core";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Fault, FaultAction } from "../../provider/emulator/fault";
import { createCore } from "../../provider/index";
import type { InitFailedError } from "../../provider/pulumi/errors";
import type {
  Autonaming,
  Call,
  CheckFailure,
  Properties,
  ResourceProvider,
} from "../../provider/pulumi/resource-provider";
import type { ConfigSources } from "../../provider/session/config";
import { FakeClock } from "../fake-clock";

export const accountId = "0123456789abcdef0123456789abcdef";
export const otherId = "f".repeat(32);
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The version of the state, in all outputs. */
export const mark = { __stateVersion: 1 };
/** Of what has failed half-way. */
export const unfinishedMark = { ...mark, __unfinished: true };
export const token = "sentinel-token-7f3a";

export type TypeName = "Namespace" | "KeyValue" | "KeyValueSet";

/** A resource as the engine keeps it. */
export interface Resource {
  readonly type: TypeName;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outs: Properties;
}

/** The lives of a core that is configured at an emulator, called as an engine would call them. */
export class World {
  readonly infos: string[] = [];
  /** What is said of a namespace that the program does not have, as no later run of these tests has it. */
  readonly foundKeys: string[] = [];
  readonly warnings: string[] = [];
  readonly statuses: string[] = [];
  readonly clock: FakeClock;
  readonly core: Core;

  private constructor(readonly emulator: Emulator) {
    this.clock = new FakeClock((nowMs) => emulator.setClock({ nowMs }));
    this.core = createCore(this.clock);
    this.configure();
  }

  static async start(): Promise<World> {
    return new World(await startEmulator());
  }

  close(): Promise<void> {
    return this.emulator.close();
  }

  configure({ args = {}, stack = {}, env = {} }: Partial<ConfigSources> = {}): void {
    const own = { "cloudflare-kv:apiToken": token, "cloudflare-kv:accountId": accountId };
    const baseUrl = { "cloudflare-kv:baseUrl": this.emulator.url };
    this.core.configure({ args, stack: { ...own, ...baseUrl, ...stack }, env });
  }

  provider(type: TypeName): ResourceProvider {
    const found = this.core.resources.get(`cloudflare-kv:index:${type}`);
    if (!found) throw new Error(`no ${type}`);
    return found.provider;
  }

  call(name: string, more: Partial<Call> = {}, type: TypeName = "KeyValue"): Call {
    const log = {
      info: (message: string) =>
        (message.startsWith("the namespace was there before") ? this.foundKeys : this.infos).push(message),
      warning: (message: string) => this.warnings.push(message),
      status: (message: string) => this.statuses.push(message),
    };
    const urn = `urn:pulumi:dev::test::cloudflare-kv:index:${type}::${name}`;
    return { urn, preview: false, signal: new AbortController().signal, log, ...more };
  }

  /** The next operation, in the same process. */
  endRun(): void {
    this.core.cancel();
  }

  /** What was requested since the last time, with the status where it is no success. */
  requests(): string[] {
    const { log } = this.emulator;
    const list = log.map(({ operation, status }) => (status === 200 ? operation : `${operation} ${status}`));
    this.emulator.clearLog();
    return list;
  }

  fail(action: FaultAction, more: Omit<Fault, "action"> = {}): void {
    this.emulator.setFaults([{ times: null, ...more, action }]);
  }

  heal(): void {
    this.emulator.setFaults([]);
  }

  text(namespaceId: string, key: string): string | undefined {
    return this.emulator.entry(namespaceId, key)?.value.toString();
  }

  /** The inputs that a check lets pass. */
  async checked(type: TypeName, name: string, args: Properties, olds: Properties = {}, more: Partial<Call> = {}) {
    const { inputs, failures } = await this.provider(type).check(olds, args, this.call(name, more, type));
    expect(failures).toEqual([]);
    return inputs;
  }

  async failures(type: TypeName, args: Properties, olds: Properties = {}): Promise<CheckFailure[]> {
    return (await this.provider(type).check(olds, args, this.call("a", {}, type))).failures;
  }

  async create(type: TypeName, name: string, args: Properties): Promise<Resource> {
    const inputs = await this.checked(type, name, args);
    const { id, outs } = await this.provider(type).create(inputs, this.call(name, {}, type));
    return { type, name, id, inputs, outs };
  }

  /** Check, diff, and what the diff asks for: nothing, an update, or a replacement. */
  async change(resource: Resource, args: Properties, options: ReplaceOptions = {}): Promise<Resource> {
    const { type, name, id, outs } = resource;
    const call = this.call(name, {}, type);
    const inputs = await this.checked(type, name, args, resource.inputs);
    const diff = await this.provider(type).diff(id, outs, inputs, call);
    if (diff.replaces.length > 0 || options.force) return this.replace(resource, args, options);
    if (!diff.changes) return { ...resource, inputs };
    return { ...resource, inputs, outs: (await this.provider(type).update(id, outs, inputs, call)).outs };
  }

  /** The rest of a replacement, as the engine goes about it. */
  async replace(resource: Resource, args: Properties, { deleteFirst = false }: ReplaceOptions = {}): Promise<Resource> {
    const { type, name } = resource;
    const inputs = await this.checked(type, name, args);
    if (deleteFirst) await this.delete(resource);
    const { id, outs } = await this.provider(type).create(inputs, this.call(name, {}, type));
    if (!deleteFirst) await this.delete(resource);
    return { ...resource, id, inputs, outs };
  }

  delete({ type, name, id, outs }: Resource): Promise<void> {
    return this.provider(type).delete(id, outs, this.call(name, {}, type));
  }

  /** A delete in a run whose program does not have the resource. */
  destroy(resource: Resource): Promise<void> {
    this.endRun();
    return this.delete(resource);
  }

  /** Undefined when it is gone. */
  async refresh(resource: Resource): Promise<Resource | undefined> {
    const { type, name } = resource;
    const {
      id,
      props = {},
      inputs = {},
    } = await this.provider(type).read(resource.id, resource.outs, this.call(name, {}, type));
    return id === "" ? undefined : { ...resource, id, outs: props, inputs };
  }

  /** What a preview of these arguments would change, by property. */
  async plan({ type, name, id, inputs, outs }: Resource, args: Properties): Promise<Record<string, string>> {
    const news = await this.checked(type, name, args, inputs);
    const { changes, detailed, replaces } = await this.provider(type).diff(id, outs, news, this.call(name, {}, type));
    expect(changes).toBe(detailed.size > 0);
    const shown = [...detailed].map(([path, { kind, replace, inputDiff }]) => {
      expect(replaces.includes(path)).toBe(replace);
      return [path, `${kind}${replace ? " replaces" : ""}${inputDiff ? "" : " found"}`];
    });
    return Object.fromEntries(shown);
  }
}

export interface ReplaceOptions {
  readonly deleteFirst?: boolean;
  /** Whatever the diff says: `--replace`, a taint, `replaceOnChanges`. */
  readonly force?: boolean;
}

export function seeded(seed: string, rule?: Autonaming["rule"]): Partial<Call> {
  return { autonaming: { randomSeed: Buffer.from(seed), ...(rule ? { rule } : {}) } };
}

/** What a promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<Error & Partial<InitFailedError>> {
  return promise.then(
    () => Promise.reject(new Error("expected a failure")),
    (error) => error,
  );
}
