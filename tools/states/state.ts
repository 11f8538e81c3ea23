import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties } from "../../provider/pulumi/resource-provider";

export const folder = join(__dirname, "..", "..", "..", "tests", "states");

/** What a version of this project left in the state, and in the store, of `program`. */
export interface RecordedState {
  readonly resources: readonly RecordedResource[];
  readonly store: readonly StoredNamespace[];
}

export interface RecordedResource {
  readonly type: "Namespace" | "KeyValue" | "KeyValueSet";
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  /** Secrets are not wrapped. */
  readonly outputs: Properties;
}

export interface StoredNamespace {
  readonly id: string;
  readonly title: string;
  readonly entries: readonly StoredEntry[];
}

export interface StoredEntry {
  readonly key: string;
  readonly valueBase64: string;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

/** `0.1.0.plugin.json`: the version and the door. */
export function recordedStates(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".json"));
}

export function readState(name: string): RecordedState {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as RecordedState;
}
