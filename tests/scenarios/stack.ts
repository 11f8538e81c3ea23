import type { ResourceState } from "../engine/engine";

export type Door = "dynamic" | "plugin";

/** What an operation did, whichever engine ran it. */
export interface Operation {
  readonly ok: boolean;
  /** `<op> <name>` of each step on a resource of ours, without `same`, sorted. */
  readonly steps: readonly string[];
  /** The properties that a step's diff names, by the resource's name. */
  readonly diffs: Readonly<Record<string, readonly string[]>>;
  /** Everything that a user was shown: messages, warnings and errors. */
  readonly text: string;
  /** Everything that any process printed. */
  readonly printed: string;
}

/** An engine with one stack of its own, whose program stands in `dir`. */
export interface Engine {
  preview(flags?: readonly string[]): Promise<Operation>;
  up(flags?: readonly string[]): Promise<Operation>;
  refresh(flags?: readonly string[]): Promise<Operation>;
  destroy(flags?: readonly string[]): Promise<Operation>;
  /** Any other command on the stack; only the real engine has them. */
  run(...args: string[]): Promise<string>;
  resources(): ResourceState[];
  /** The state file as it lies on the disk, with what the engine itself has encrypted or marked as secret left out. */
  clearState(): string;
}

export interface EngineOptions {
  readonly dir: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretConfig: readonly string[];
  /** On top of this process's own; read anew with each operation. */
  readonly env: Record<string, string>;
  /** Called before each call of a provider; only the stand-in has it. */
  readonly onCall: (method: string, pid: number) => void;
}
