import type { InitFailedError } from "../../../provider/pulumi/errors";
import type { Call, Properties } from "../../../provider/pulumi/resource-provider";
import { failureOf, type Resource, World } from "../world";

/** Sets of one new namespace for each test, called as an engine would call them. */
export class Sets {
  #world: World | undefined;
  namespaceId = "";

  constructor() {
    beforeAll(async () => {
      this.#world = await World.start();
    });
    beforeEach(async () => {
      this.world.heal();
      this.world.emulator.setLimits({});
      const namespace = await this.world.create("Namespace", "ns", { title: `data ${Math.random()}` });
      this.namespaceId = String(namespace.outs.namespaceId);
      this.nextRun();
    });
    afterAll(() => this.world.close());
  }

  get world(): World {
    if (!this.#world) throw new Error("the world has not begun");
    return this.#world;
  }

  /** The former run is over; what it said is forgotten. */
  nextRun(): void {
    this.world.endRun();
    this.world.requests();
    for (const list of [this.world.infos, this.world.warnings, this.world.statuses]) list.length = 0;
  }

  create(args: Properties, name = "set"): Promise<Resource> {
    return this.world.create("KeyValueSet", name, this.#args(args));
  }

  /** One that a former run has created. */
  async existing(args: Properties, name = "set"): Promise<Resource> {
    const set = await this.create(args, name);
    this.nextRun();
    return set;
  }

  change(set: Resource, args: Properties): Promise<Resource> {
    return this.world.change(set, this.#args(args));
  }

  /** In a run of its own. */
  async changed(set: Resource, args: Properties): Promise<Resource> {
    const changed = await this.change(set, args);
    this.nextRun();
    return changed;
  }

  plan(set: Resource, args: Properties): Promise<Record<string, string>> {
    return this.world.plan(set, this.#args(args));
  }

  checked(args: Properties, olds: Properties = {}, name = "set"): Promise<Properties> {
    return this.world.checked("KeyValueSet", name, this.#args(args), olds);
  }

  /** What a check finds, each as one line. */
  async failures(args: Properties, olds: Properties = {}, name = "set"): Promise<string[]> {
    const call = this.world.call(name, {}, "KeyValueSet");
    const { failures } = await this.world.provider("KeyValueSet").check(olds, this.#args(args), call);
    return failures.map(({ property, reason }) => (property ? `${property} ${reason}` : reason));
  }

  /** What a create throws, and what the engine keeps. */
  async failedCreate(args: Properties, more: Partial<Call> = {}): Promise<Failed> {
    const inputs = await this.checked(args);
    const call = this.world.call("set", more, "KeyValueSet");
    const error = await failureOf(this.world.provider("KeyValueSet").create(inputs, call));
    return {
      error,
      set: { type: "KeyValueSet", name: "set", id: error.id ?? "", inputs, outs: error.properties ?? {} },
    };
  }

  /** What an update throws, and what the engine keeps: the old inputs, and the outputs that came with the error. */
  async failedChange(set: Resource, args: Properties, more: Partial<Call> = {}): Promise<Failed> {
    const { type, name, id, inputs, outs } = set;
    const news = await this.checked(args, inputs, name);
    const call = this.world.call(name, more, type);
    await this.world.provider(type).diff(id, outs, news, call);
    const error = await failureOf(this.world.provider(type).update(id, outs, news, call));
    return { error, set: { ...set, outs: error.properties ?? outs } };
  }

  async keyValue(name: string, key: string, more: Properties = {}): Promise<Resource> {
    return this.world.create("KeyValue", name, this.#args({ key, value: name, ...more }));
  }

  /** Written by somebody else. */
  async foreign(...keys: string[]): Promise<void> {
    for (const key of keys) await this.put(key, "foreign");
  }

  async put(key: string, value: string | Buffer, query = ""): Promise<void> {
    await this.#request("PUT", `values/${encodeURIComponent(key)}${query}`, value);
  }

  async remove(key: string): Promise<void> {
    await this.#request("DELETE", `values/${encodeURIComponent(key)}`);
  }

  async removeNamespace(): Promise<void> {
    await this.#request("DELETE", "");
  }

  keys(): string[] {
    return this.world.emulator.keys(this.namespaceId);
  }

  text(key: string): string | undefined {
    return this.world.text(this.namespaceId, key);
  }

  entry(key: string) {
    return this.world.emulator.entry(this.namespaceId, key);
  }

  #args(args: Properties): Properties {
    return { namespaceId: this.namespaceId, ...args };
  }

  async #request(method: string, path: string, body?: string | Buffer): Promise<void> {
    const { emulator } = this.world;
    const logged = [...emulator.log];
    const account = emulator.namespaces().find(({ id }) => id === this.namespaceId)?.account;
    const url = `${emulator.url}/accounts/${account}/storage/kv/namespaces/${this.namespaceId}/${path}`;
    const answer = await fetch(url.replace(/\/$/, ""), {
      method,
      headers: { authorization: "Bearer somebody-else" },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    await answer.arrayBuffer();
    emulator.clearLog();
    emulator.log.push(...logged);
  }
}

export interface Failed {
  readonly error: Error & Partial<InitFailedError>;
  readonly set: Resource;
}

/** Names that sort as they are numbered. */
export function numbered(count: number, prefix = "k"): string[] {
  return Array.from({ length: count }, (_, index) => prefix + String(index).padStart(5, "0"));
}

/** A value for each. */
export function valuesOf(keys: readonly string[], value = "v"): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}
