import { readFileSync, writeFileSync } from "node:fs";
import type { ResourceState } from "../engine/engine";

export type Door = "dynamic" | "plugin";

/** A resource, or a call of a function, as the scenario's program has it; see program/index.js for what `$…` stands for. */
export interface Declaration {
  readonly type:
    | "Provider"
    | "Namespace"
    | "KeyValue"
    | "KeyValueSet"
    | "getNamespace"
    | "getNamespaces"
    | "getKeyValue"
    | "getKeys";
  readonly name: string;
  /** Default that of the scenario. */
  readonly door?: Door;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What an operation did, whichever engine ran it. */
export interface Operation {
  readonly ok: boolean;
  /** `<op> <name>` of each step on a resource of ours, without `same`, sorted. */
  readonly steps: readonly string[];
  /** The top-level properties that the diffs of its steps name, by the resource's name. */
  readonly diffs: Readonly<Record<string, readonly string[]>>;
  /** Everything that a user was shown: messages, warnings and errors. */
  readonly text: string;
  /** What the provider said of single resources: `warning <name>: <message>`. */
  readonly said: readonly string[];
  /** Everything that any process printed. */
  readonly printed: string;
}

/** The operation, if it has succeeded; else throws all that it said. */
export function succeeded(operation: Operation): Operation {
  if (!operation.ok) throw new Error(`${operation.text}\n${operation.printed}`);
  return operation;
}

type Operate = (flags?: readonly string[]) => Promise<Operation>;

/** An engine with one stack of its own, whose program stands in `dir`. */
export interface Engine {
  readonly preview: Operate;
  readonly up: Operate;
  /** `pulumi up` with its preview, which the others leave out. */
  readonly upAfterPreview: Operate;
  readonly refresh: Operate;
  readonly destroy: Operate;
  setConfig(key: string, value: string): Promise<void>;
  /** Any other command on the stack; only the real engine has them. */
  run(...args: string[]): Promise<string>;
  resources(): ResourceState[];
  /** The stack's outputs after the last `up`; what is secret is `[secret]`. */
  outputs(): Promise<Record<string, unknown>>;
  /** The state file as it lies on the disk, with what the engine itself has encrypted or marked as secret left out. */
  clearState(): string;
  /** Writes another text into the state file wherever this one stands: time that has passed, say. */
  editState(text: string, other: string): void;
}

export interface EngineOptions {
  readonly dir: string;
  /** The project's name, as in its Pulumi.yaml. */
  readonly project: string;
  readonly config: Record<string, string>;
  readonly secretConfig: readonly string[];
  /** On top of this process's own; read anew with each operation. */
  readonly env: Record<string, string>;
}

/** The engine, with more around each of its operations. */
export function aroundEach(engine: Engine, wrap: (command: string, operate: Operate) => Operate): Engine {
  return {
    ...engine,
    preview: wrap("preview", engine.preview),
    up: wrap("up", engine.up),
    upAfterPreview: wrap("up", engine.upAfterPreview),
    refresh: wrap("refresh", engine.refresh),
    destroy: wrap("destroy", engine.destroy),
  };
}

/** Joins the paths of all steps of a resource, as the names of top-level properties. */
export function diffsOf(pathsByStep: readonly (readonly [string, readonly string[]])[]): Record<string, string[]> {
  const diffs: Record<string, string[]> = {};
  for (const [name, paths] of pathsByStep) {
    const properties = paths.map((path) => path.split(/[.[]/)[0] ?? path);
    diffs[name] = [...new Set([...(diffs[name] ?? []), ...properties])];
  }
  return diffs;
}

export function editFile(file: string, text: string, other: string): void {
  const before = readFileSync(file, "utf8");
  if (!before.includes(text)) throw new Error(`${file} has no ${text}`);
  writeFileSync(file, before.replaceAll(text, other));
}
