import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Namespace, NamespaceTable, type NewNamespace, randomNamespaceId } from "../namespace-table";
import { cannotUse, messageOf } from "../reasons";
import type { KeyRange, Pair, Store, View } from "../store";
import { transact } from "../transact";
import type { DeclaredNamespace } from "./configuration";
import { databaseFile } from "./layout";
import { LocalNamespace } from "./local-namespace";

export interface WranglerStoreOptions {
  /** The folder of the store, with the version of its layout: `.wrangler/state/v3`. */
  readonly root: string;
  /** The namespaces that are there from the start. */
  readonly declared: readonly DeclaredNamespace[];
  /** Called for each namespace that is made through the API and that no configuration declares. */
  readonly onCreate?: (namespace: Namespace) => void;
}

/**
 * The local store of wrangler: a running Worker reads what a program writes, and the other way round. Every account has
 * the same namespaces. Those that programs have made, and the titles that programs have given to declared ones, are kept
 * beside wrangler's own files.
 */
export class WranglerStore implements Store {
  readonly namespaces: NamespaceTable;
  readonly hasEarlierVersions = false;
  readonly #root: string;
  /** By the id that the API shows. */
  readonly #declared: ReadonlyMap<string, DeclaredNamespace>;
  readonly #onCreate: ((namespace: Namespace) => void) | undefined;
  readonly #titles: DatabaseSync;
  readonly #opened = new Map<string, LocalNamespace>();

  /** @throws Error where the store cannot be used as it is; nothing of wrangler's was changed then. */
  constructor({ root, declared, onCreate }: WranglerStoreOptions) {
    this.#root = root;
    this.#declared = new Map(declared.map((namespace) => [shownId(namespace.localId), namespace]));
    this.#onCreate = onCreate;
    [this.#titles, this.namespaces] = openTitles(root);
    try {
      transact(this.#titles, () => this.#declareAll());
      const isThere = ({ id }: Namespace) => existsSync(databaseFile(root, this.localIdOf(id)));
      for (const namespace of this.namespaces.all().filter(isThere)) this.#at(namespace);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const namespace of this.#opened.values()) namespace.close();
    this.#titles.close();
  }

  /** The id by which `wrangler dev` knows a namespace. */
  localIdOf(id: string): string {
    return this.#declared.get(id)?.localId ?? id;
  }

  /** A declared one that was deleted comes back under its id, which is the one that Workers use. */
  createNamespace(namespace: NewNamespace): Namespace {
    const isFree = (id: string) => this.namespaces.byId(id) === undefined;
    const id = [...this.#declared.keys()].find((each) => this.#titleOf(each) === namespace.title && isFree(each));
    if (id !== undefined) return this.namespaces.create(id, namespace);
    const created = this.namespaces.create(randomNamespaceId(), namespace);
    this.#onCreate?.(created);
    return created;
  }

  renameNamespace({ id, rowId }: Namespace, title: string): void {
    this.#keepTitle(id, title);
    this.namespaces.rename(rowId, title);
  }

  /** Its database stays, empty: a running Worker may have it open. */
  deleteNamespace(namespace: Namespace): void {
    this.#at(namespace).removeAll();
    this.#keepTitle(namespace.id, namespace.title);
    this.namespaces.delete(namespace.rowId);
    this.#opened.get(namespace.id)?.close();
    this.#opened.delete(namespace.id);
  }

  write(namespace: Namespace, pairs: Iterable<Pair>, nowMs: number): void {
    this.#at(namespace).write(pairs, nowMs);
  }

  remove(namespace: Namespace, keys: Iterable<string>): void {
    this.#at(namespace).remove(keys);
  }

  read(namespace: Namespace, key: string, view: View): Pair | undefined {
    return this.#at(namespace).read(key, view);
  }

  list(namespace: Namespace, range: KeyRange, view: View): Omit<Pair, "value">[] {
    return this.#at(namespace).list(range, view);
  }

  count(namespace: Namespace, range: Omit<KeyRange, "limit">, nowMs: number): number {
    return this.#at(namespace).count(range, nowMs);
  }

  writtenAt(namespace: Namespace, key: string): number | undefined {
    return this.#at(namespace).writtenAt(key);
  }

  lastWrittenAt(namespace: Namespace): number | undefined {
    return this.#at(namespace).lastWrittenAt();
  }

  sizeWith(namespace: Namespace, pairs: readonly Pair[]): { count: number; bytes: number } {
    return this.#at(namespace).sizeWith(pairs);
  }

  #at({ id }: Namespace): LocalNamespace {
    const known = this.#opened.get(id);
    if (known?.isCurrent) return known;
    known?.close();
    const opened = new LocalNamespace(this.#root, this.localIdOf(id));
    this.#opened.set(id, opened);
    return opened;
  }

  /** A namespace that only an earlier configuration declared is no longer shown; its entries stay in the store. */
  #declareAll(): void {
    this.#titles.exec(schema);
    this.#titles.exec("DELETE FROM namespaces WHERE id IN (SELECT id FROM declared); DELETE FROM declared");
    for (const id of this.#declared.keys()) {
      if (this.namespaces.byId(id) === undefined) this.#declare(id, this.#titleOf(id) ?? "");
    }
  }

  #declare(id: string, title: string): void {
    const account = "";
    const other = this.namespaces.byTitle(account, title);
    if (other !== undefined) throw new Error(titleTaken(title, other.id));
    this.namespaces.create(id, { account, title, jurisdiction: null, mode: null, createdAt: Date.now() });
    this.#titles.prepare("INSERT INTO declared (id) VALUES (?)").run(id);
  }

  /** The title of a declared namespace: the one that a program has given it, else the binding's. */
  #titleOf(id: string): string | undefined {
    const given = this.#titles.prepare("SELECT title FROM given_titles WHERE id = ?").get(id);
    return (given?.title as string | undefined) ?? this.#declared.get(id)?.title;
  }

  #keepTitle(id: string, title: string): void {
    this.#titles.prepare("DELETE FROM given_titles WHERE id = ?").run(id);
    if (!this.#declared.has(id) || this.#declared.get(id)?.title === title) return;
    this.#titles.prepare("INSERT INTO given_titles (id, title) VALUES (?, ?)").run(id, title);
  }
}

/** Beside the namespaces: which of them a configuration has declared, and which titles programs have given to those. */
const schema = `
  CREATE TABLE IF NOT EXISTS declared (id TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS given_titles (id TEXT PRIMARY KEY, title TEXT NOT NULL);
`;

/** The API takes 32 hexadecimal digits for an id, and nothing else. */
function shownId(localId: string): string {
  if (/^[0-9a-f]{32}$/.test(localId)) return localId;
  return createHash("sha256").update(localId).digest("hex").slice(0, 32);
}

/** It stays locked as long as it is open, so that one emulator at a time serves a store. */
function openTitles(root: string): [DatabaseSync, NamespaceTable] {
  const file = path.join(root, "cloudflare-kv", "namespaces.sqlite");
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    return [database, new NamespaceTable(database, true)];
  } catch (error) {
    database?.close();
    if (messageOf(error).includes("locked")) throw new Error(`another emulator serves ${root}: end it first`);
    throw cannotUse(file, error);
  }
}

function titleTaken(title: string, id: string): string {
  return (
    `the configuration declares ${JSON.stringify(title)}, and a program has made another namespace of that title: ` +
    `give the binding the id "${id}", or another name`
  );
}
