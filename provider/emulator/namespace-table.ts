import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** A namespace; `rowId` is what its entries refer to. */
export interface Namespace {
  rowId: number;
  id: string;
  account: string;
  title: string;
  jurisdiction: string | null;
  /** `instant`, or null as nearly always. */
  mode: string | null;
  /** Unix ms. */
  createdAt: number;
}

/** A namespace before the store has given it an id. */
export type NewNamespace = Omit<Namespace, "rowId" | "id">;

export interface NamespacePage {
  order: "id" | "title";
  descending: boolean;
  limit: number;
  offset: number;
}

/** The namespaces, in a table of a database. */
export class NamespaceTable {
  readonly #database: DatabaseSync;
  readonly #areShared: boolean;

  /** @param areShared Whether every account has the same namespaces; each has its own by default. */
  constructor(database: DatabaseSync, areShared = false) {
    this.#database = database;
    this.#areShared = areShared;
    database.exec(schema);
    addColumns(database);
  }

  create(id: string, { account, title, jurisdiction, mode, createdAt }: NewNamespace): Namespace {
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO namespaces (id, account, title, jurisdiction, mode, created_at) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, this.#rowsOf(account), title, jurisdiction, mode, createdAt);
    return { rowId: Number(lastInsertRowid), id, account, title, jurisdiction, mode, createdAt };
  }

  rename(rowId: number, title: string): void {
    this.#database.prepare("UPDATE namespaces SET title = ? WHERE row_id = ?").run(title, rowId);
  }

  delete(rowId: number): void {
    this.#database.prepare("DELETE FROM namespaces WHERE row_id = ?").run(rowId);
  }

  /** All namespaces, or an account's, in the order of their creation. */
  all(account?: string): Namespace[] {
    return this.#select("WHERE account = coalesce(?, account) ORDER BY row_id", this.#rowsOf(account));
  }

  /** The namespace, if it is this account's. */
  byId(id: string, account?: string): Namespace | undefined {
    return this.#select("WHERE id = ? AND account = coalesce(?, account)", id, this.#rowsOf(account))[0];
  }

  byTitle(account: string, title: string): Namespace | undefined {
    return this.#select("WHERE account = ? AND title = ?", this.#rowsOf(account), title)[0];
  }

  page(account: string, { order, descending, limit, offset }: NamespacePage): Namespace[] {
    const clause = `WHERE account = ? ORDER BY ${order} ${descending ? "DESC" : "ASC"} LIMIT ? OFFSET ?`;
    return this.#select(clause, this.#rowsOf(account), limit, offset);
  }

  /** What stands in the column `account`; null for any. */
  #rowsOf(account: string | undefined): string | null {
    return this.#areShared ? "*" : (account ?? null);
  }

  #select(clause: string, ...parameters: (string | number | null)[]): Namespace[] {
    const columns = "row_id AS rowId, id, account, title, jurisdiction, mode, created_at AS createdAt";
    const rows = this.#database.prepare(`SELECT ${columns} FROM namespaces ${clause}`).all(...parameters);
    return rows as unknown as Namespace[];
  }
}

/** As the API gives them: 32 hexadecimal digits. */
export function randomNamespaceId(): string {
  return randomBytes(16).toString("hex");
}

/** A file of an earlier version has not all of them. */
function addColumns(database: DatabaseSync): void {
  const known = database.prepare("SELECT name FROM pragma_table_info('namespaces')").all();
  if (!known.some(({ name }) => name === "mode")) database.exec("ALTER TABLE namespaces ADD COLUMN mode TEXT");
}

const schema = `
  CREATE TABLE IF NOT EXISTS namespaces (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    title TEXT NOT NULL,
    jurisdiction TEXT,
    mode TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (account, title)
  );
`;
