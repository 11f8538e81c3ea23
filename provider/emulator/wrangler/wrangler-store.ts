import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Namespace, NamespaceTable, type NewNamespace, randomNamespaceId } from "../namespace-table";
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
 * the same namespaces. The ids and titles of those that programs have made, and new titles of declared ones, are kept
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
    this.#titles = openTitles(root);
    try {
      this.namespaces = new NamespaceTable(this.#titles, true);
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
    const [id] = [...this.#declared].find(([, { title }]) => title === namespace.title) ?? [];
    if (id !== undefined && this.namespaces.byId(id) === undefined) return this.namespaces.create(id, namespace);
    const created = this.namespaces.create(randomNamespaceId(), namespace);
    this.#onCreate?.(created);
    return created;
  }

  /** Its database stays, empty: a running Worker may have it open. */
  deleteNamespace(namespace: Namespace): void {
    this.#at(namespace).removeAll();
    this.namespaces.delete(namespace.rowId);
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
    const opened = this.#opened.get(id) ?? new LocalNamespace(this.#root, this.localIdOf(id));
    this.#opened.set(id, opened);
    return opened;
  }

  /** A namespace that only an earlier configuration declared is no longer shown; its entries stay in the store. */
  #declareAll(): void {
    this.#titles.exec("CREATE TABLE IF NOT EXISTS declared (id TEXT PRIMARY KEY)");
    const earlier = this.#titles.prepare("SELECT id FROM declared").all();
    for (const id of earlier.map((row) => String(row.id))) {
      if (!this.#declared.has(id)) this.#withdraw(id);
    }
    for (const [id, { title }] of this.#declared) {
      if (this.namespaces.byId(id) === undefined) this.#declare(id, title);
    }
  }

  #withdraw(id: string): void {
    const namespace = this.namespaces.byId(id);
    if (namespace !== undefined) this.namespaces.delete(namespace.rowId);
    this.#titles.prepare("DELETE FROM declared WHERE id = ?").run(id);
  }

  #declare(id: string, title: string): void {
    const account = "";
    const other = this.namespaces.byTitle(account, title);
    if (other !== undefined) throw new Error(titleTaken(title, other.id));
    this.namespaces.create(id, { account, title, jurisdiction: null, mode: null, createdAt: Date.now() });
    this.#titles.prepare("INSERT OR IGNORE INTO declared (id) VALUES (?)").run(id);
  }
}

/** The API takes 32 hexadecimal digits for an id, and nothing else. */
function shownId(localId: string): string {
  if (/^[0-9a-f]{32}$/.test(localId)) return localId;
  return createHash("sha256").update(localId).digest("hex").slice(0, 32);
}

/** It stays locked as long as it is open, so that one emulator at a time serves a store. */
function openTitles(root: string): DatabaseSync {
  const file = path.join(root, "cloudflare-kv", "namespaces.sqlite");
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    return database;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.includes("locked")) throw new Error(`another emulator serves ${root}: end it first`);
    throw new Error(`cannot use ${root}: ${reason}`);
  }
}

function titleTaken(title: string, id: string): string {
  return (
    `the configuration declares ${JSON.stringify(title)}, and a program has made another namespace of that title: ` +
    `give the binding the id "${id}", or another name`
  );
}
