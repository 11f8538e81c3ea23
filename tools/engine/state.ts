import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Properties } from "./property";

/** One resource in the state file, named as in `pulumi stack export`; secrets stay in clear, in their signature. */
export interface ResourceState {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  /** The URN and the id of its provider. */
  provider?: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  additionalSecretOutputs?: string[];
  deletedWith?: string;
  retainOnDelete?: boolean;
  initErrors?: string[];
  /** Replaced by a resource that exists already: the next `up` deletes it. */
  delete?: boolean;
  /** Read before the next plan: its provider does not know what has become of it. */
  refreshBeforeUpdate?: boolean;
  /** Deleted to make room for its replacement, which does not exist yet. */
  pendingReplacement?: boolean;
}

export function readState(file: string): ResourceState[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as { resources: ResourceState[] }).resources;
}

/**
 * The state while an operation runs: what it has settled, then what it has not come to yet. That order makes the
 * list topological: a resource stands behind all that it depends on.
 */
export class Snapshot {
  base: readonly ResourceState[];
  private readonly settled: ResourceState[] = [];
  private readonly gone = new Set<ResourceState>();

  constructor(
    private readonly file: string,
    private readonly preview: boolean,
  ) {
    this.base = readState(file);
  }

  /** The resource of this URN that the program can continue with. */
  old(urn: string): ResourceState | undefined {
    return this.base.find((state) => state.urn === urn && !state.delete);
  }

  /** Begins anew with what a look at the resources has found. */
  rebase(base: readonly ResourceState[]): void {
    this.base = base;
    this.save();
  }

  settle(state: ResourceState, replaced?: ResourceState): void {
    this.settled.push(state);
    if (replaced) this.gone.add(replaced);
    this.save();
  }

  remove(state: ResourceState): void {
    this.gone.add(state);
    this.save();
  }

  save(): void {
    if (this.preview) return;
    const resources = [...this.settled, ...this.base].filter((state) => !this.gone.has(state));
    writeFileSync(`${this.file}.new`, `${JSON.stringify({ resources }, null, 2)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}
