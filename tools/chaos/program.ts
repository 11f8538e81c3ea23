/** What a key is to hold. */
export interface Entry {
  readonly value: string;
  readonly isBinary: boolean;
  readonly metadata?: string;
  readonly expires?: Expiry;
}

/** When, in Unix seconds, or how many seconds after it is written. */
export type Expiry = { readonly at: number } | { readonly in: number };

/**
 * Which process serves a resource: that of the plugin, that of a newer version of it, as after an upgrade of the SDK, or
 * Pulumi's dynamic process, for the classes.
 */
export type Server = "plugin" | "newer plugin" | "classes";

export interface NamespaceDeclaration {
  readonly name: string;
  readonly server: Server;
  /** Without one the provider makes it. */
  readonly title?: string;
  /** Strangers write here too, so it is never deleted. */
  readonly isShared: boolean;
}

export interface KeyDeclaration {
  readonly name: string;
  readonly server: Server;
  /** Whether it stands in a component. */
  readonly isChild: boolean;
  /** The name of its declaration. */
  readonly namespace: string;
  readonly key: string;
  readonly entry: Entry;
  /** The name of a key that it depends on. */
  readonly after?: string;
  /** Whether a replacement deletes before it creates. */
  readonly deletesFirst?: boolean;
}

export interface SetDeclaration {
  readonly name: string;
  readonly server: Server;
  /** Whether it stands in a component. */
  readonly isChild: boolean;
  /** The name of a set that it depends on. */
  readonly after?: string | undefined;
  readonly namespace: string;
  readonly keyPrefix: string;
  readonly prune: "removed" | "unlisted";
  readonly driftDetection: "values" | "keys";
  /** Whether the entries are in a file, and not in the program. */
  readonly isFile: boolean;
  /** By their whole keys. */
  readonly entries: Readonly<Record<string, Entry>>;
}

/** What the stack is to be. A key that is declared twice is the same in both. */
export interface Program {
  readonly namespaces: readonly NamespaceDeclaration[];
  readonly keys: readonly KeyDeclaration[];
  readonly sets: readonly SetDeclaration[];
}

/** What is declared below a namespace, by key. */
export function entriesOf(program: Program, namespace: string): Map<string, Entry> {
  const single = program.keys
    .filter((key) => key.namespace === namespace)
    .map(({ key, entry }) => [key, entry] as const);
  const sets = program.sets.filter((set) => set.namespace === namespace);
  return new Map([...single, ...sets.flatMap(({ entries }) => Object.entries(entries))]);
}
