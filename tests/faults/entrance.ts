import type { dynamic } from "@pulumi/pulumi";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { Core } from "../../provider/core";
import { dynamicDoor } from "../../provider/dynamic";
import { createCore } from "../../provider/index";
import { CallError, encode, plain } from "../engine/call";
import { diffOf } from "../engine/diff";
import { changesBetween, type Properties, withoutSecrets, withSecretsOf } from "../engine/property";
import { type Door as Connection, openDoor } from "../plugin/door";

export type TypeName = "Namespace" | "KeyValue" | "KeyValueSet";

/** A resource as the engine keeps it, secrets in their wrappers. */
export interface Kept {
  readonly type: TypeName;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outs: Properties;
  /** Then the engine asks for an update whatever the diff says. */
  readonly isUnfinished?: boolean;
}

/** A step that failed, as the engine learns of it. */
export class StepFailure extends Error {
  constructor(
    message: string,
    readonly unfinished?: { readonly id: string; readonly properties: Properties },
  ) {
    super(message);
    this.name = "StepFailure";
  }
}

/** One way in, with the conversions that the engine makes for it. Its errors are `StepFailure`s. */
export interface Door {
  check(type: TypeName, name: string, olds: Properties, news: Properties): Promise<Properties>;
  diff(kept: Kept, news: Properties): Promise<{ changes: boolean; replaces: boolean }>;
  create(type: TypeName, name: string, inputs: Properties): Promise<{ id: string; outs: Properties }>;
  update(kept: Kept, news: Properties): Promise<Properties>;
  /** Undefined where it is gone. */
  read(kept: Kept): Promise<Kept | undefined>;
  delete(kept: Kept): Promise<void>;
}

/** Where doors of one kind are opened, each for one run of the engine: to a core of its own, for none outlives a run. */
export interface Entrance {
  open(core: Core, config: Readonly<Record<string, string>>): Promise<Door>;
  close(): Promise<void>;
}

/** One plugin that a new core stands behind with each run: a process for each would take most of the time. */
export async function enterPlugin(engineAddress: string): Promise<Entrance> {
  let current = createCore();
  const connection = await openDoor(
    new Proxy(current, {
      get(_, name) {
        const member: unknown = Reflect.get(current, name);
        return typeof member === "function" ? member.bind(current) : member;
      },
    }),
  );
  await connection.attach(encode(new PluginAttach(), { address: engineAddress }));
  return {
    async open(core, { requestTimeout, ...texts }) {
      current = core;
      const args = { ...texts, ...(requestTimeout && { requestTimeout: Number(requestTimeout) }) };
      await connection.configure(encode(new ConfigureRequest(), { args, acceptsecrets: true }));
      return new PluginDoor(connection);
    },
    async close() {
      connection.client.close();
      await connection.server.stop();
    },
  };
}

/** Called as Pulumi's dynamic process calls it. */
export async function enterDynamic(engineAddress: string): Promise<Entrance> {
  return {
    async open(core, config) {
      const handlerOf = dynamicDoor(core, () => engineAddress);
      const own = Object.fromEntries(Object.entries(config).map(([name, value]) => [`cloudflare-kv:${name}`, value]));
      const request = { config: { get: (name: string) => own[name] } } as unknown as dynamic.ConfigureRequest;
      await handlerOf("KeyValue").configure?.(request);
      return new DynamicDoor(handlerOf);
    },
    async close() {},
  };
}

class PluginDoor implements Door {
  constructor(private readonly connection: Connection) {}

  async check(type: TypeName, name: string, olds: Properties, news: Properties): Promise<Properties> {
    const request = encode(new CheckRequest(), { urn: urnOf(type, name), olds, news });
    const response = await answered(this.connection.check(request));
    const reasons = response.getFailuresList().map((one) => `${one.getProperty()} ${one.getReason()}`.trim());
    if (reasons.length > 0) throw new StepFailure(reasons.join("\n"));
    return plain(response.getInputs()) ?? {};
  }

  async diff(kept: Kept, news: Properties): Promise<{ changes: boolean; replaces: boolean }> {
    const request = encode(new DiffRequest(), { ...stateOf(kept), olds: kept.outs, oldInputs: kept.inputs, news });
    const { changes, replace } = diffOf(await answered(this.connection.diff(request)), kept.inputs, news);
    return { changes, replaces: replace };
  }

  async create(type: TypeName, name: string, properties: Properties): Promise<{ id: string; outs: Properties }> {
    const request = encode(new CreateRequest(), { urn: urnOf(type, name), properties });
    const response = await answered(this.connection.create(request));
    return { id: response.getId(), outs: plain(response.getProperties()) ?? {} };
  }

  async update(kept: Kept, news: Properties): Promise<Properties> {
    const request = encode(new UpdateRequest(), { ...stateOf(kept), olds: kept.outs, oldInputs: kept.inputs, news });
    return plain((await answered(this.connection.update(request))).getProperties()) ?? {};
  }

  async read(kept: Kept): Promise<Kept | undefined> {
    const request = encode(new ReadRequest(), { ...stateOf(kept), properties: kept.outs, inputs: kept.inputs });
    const response = await answered(this.connection.read(request));
    const [outs = kept.outs, inputs = kept.inputs] = [plain(response.getProperties()), plain(response.getInputs())];
    return response.getId() === "" ? undefined : { ...kept, id: response.getId(), outs, inputs };
  }

  async delete(kept: Kept): Promise<void> {
    const request = encode(new DeleteRequest(), { ...stateOf(kept), properties: kept.outs, oldInputs: kept.inputs });
    await answered(this.connection.delete(request));
  }
}

class DynamicDoor implements Door {
  constructor(private readonly handlerOf: ReturnType<typeof dynamicDoor>) {}

  async check(type: TypeName, name: string, olds: Properties, news: Properties): Promise<Properties> {
    const props = { ...withoutSecrets(news), __urn: urnOf(type, name) };
    const { inputs = props, failures = [] } =
      (await caught(this.handlerOf(type).check?.(withoutSecrets(olds), props), news)) ?? {};
    if (failures.length > 0) throw new StepFailure(failures.map(({ reason }) => reason).join("\n"));
    return withSecretsOf(inputs as Properties, news);
  }

  async diff({ type, id, inputs, outs }: Kept, news: Properties): Promise<{ changes: boolean; replaces: boolean }> {
    const answer = await caught(this.handlerOf(type).diff?.(id, withoutSecrets(outs), withoutSecrets(news)), news);
    const { changes = Object.keys(changesBetween(inputs, news)).length > 0, replaces = [] } = answer ?? {};
    return { changes, replaces: replaces.length > 0 };
  }

  async create(type: TypeName, _name: string, inputs: Properties): Promise<{ id: string; outs: Properties }> {
    const { id, outs } = await caught(this.handlerOf(type).create(withoutSecrets(inputs)), inputs);
    return { id, outs: withSecretsOf(outs as Properties, inputs) };
  }

  async update({ type, id, outs }: Kept, news: Properties): Promise<Properties> {
    const updating = this.handlerOf(type).update?.(id, withoutSecrets(outs), withoutSecrets(news));
    return withSecretsOf(((await caught(updating, news))?.outs ?? {}) as Properties, news);
  }

  async read(kept: Kept): Promise<Kept | undefined> {
    const found = await caught(this.handlerOf(kept.type).read?.(kept.id, withoutSecrets(kept.outs)), kept.outs);
    if (!found?.id) return undefined;
    const { props = {}, inputs = {} } = found as { props?: Properties; inputs?: Properties };
    return { ...kept, outs: withSecretsOf(props, kept.outs), inputs: withSecretsOf(inputs, kept.inputs) };
  }

  async delete({ type, id, outs }: Kept): Promise<void> {
    await caught(this.handlerOf(type).delete?.(id, withoutSecrets(outs)), outs);
  }
}

function urnOf(type: TypeName, name: string): string {
  return `urn:pulumi:dev::app::cloudflare-kv:index:${type}::${name}`;
}

function stateOf({ type, name, id }: Kept): { urn: string; id: string } {
  return { urn: urnOf(type, name), id };
}

async function answered<R>(call: Promise<R>): Promise<R> {
  return call.catch((error) => {
    const { message, unfinished } = new CallError(error);
    const properties = plain(unfinished?.getProperties()) ?? {};
    const reasons = unfinished?.getReasonsList().join("\n") ?? message;
    throw new StepFailure(reasons, unfinished && { id: unfinished.getId(), properties });
  });
}

/** What is thrown, as the dynamic process reads it: an id makes it an unfinished resource. */
async function caught<R>(call: Promise<R> | undefined, secrets: Properties): Promise<R> {
  try {
    return (await call) as R;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.stack) throw error;
    const {
      id,
      properties = {},
      reasons,
    } = error as Error & { id?: string; properties?: Properties; reasons?: string[] };
    const unfinished = id === undefined ? undefined : { id, properties: withSecretsOf(properties, secrets) };
    throw new StepFailure(reasons?.join("\n") ?? error.message, unfinished);
  }
}
