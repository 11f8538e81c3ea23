import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { KeyRange, Namespace, NamespaceOrder, Pair, Store, View } from "./store";

/**
 * The emulator's own store, in memory or in one file. An entry's row also holds the version before its last
 * write (a deleted one has no value), for stale reads. Values come last in a row, so that lists never load them.
 */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #read: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;
  readonly #writtenAt: StatementSync;

  constructor(file = ":memory:") {
    this.#database = open(file);
    this.#put = this.#database.prepare(putSql);
    this.#remove = this.#database.prepare(removeSql);
    this.#read = this.#database.prepare(readSql);
    this.#list = this.#database.prepare(listSql);
    this.#count = this.#database.prepare(countSql);
    this.#writtenAt = this.#database.prepare("SELECT written_at FROM entries WHERE namespace = ? AND key = ?");
  }

  close(): void {
    this.#database.close();
  }

  createNamespace(namespace: Omit<Namespace, "rowId">): void {
    const { id, account, title, jurisdiction, mode, createdAt } = namespace;
    this.#database
      .prepare("INSERT INTO namespaces (id, account, title, jurisdiction, mode, created_at) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, account, title, jurisdiction, mode, createdAt);
  }

  renameNamespace(rowId: number, title: string): void {
    this.#database.prepare("UPDATE namespaces SET title = ? WHERE row_id = ?").run(title, rowId);
  }

  deleteNamespace(rowId: number): void {
    this.#transact(() => {
      this.#database.prepare("DELETE FROM entries WHERE namespace = ?").run(rowId);
      this.#database.prepare("DELETE FROM namespaces WHERE row_id = ?").run(rowId);
    });
  }

  namespaces(account?: string): Namespace[] {
    return this.#selectNamespaces("WHERE account = coalesce(?, account) ORDER BY row_id", account ?? null);
  }

  namespaceById(id: string): Namespace | undefined {
    return this.#selectNamespaces("WHERE id = ?", id)[0];
  }

  namespaceByTitle(account: string, title: string): Namespace | undefined {
    return this.#selectNamespaces("WHERE account = ? AND title = ?", account, title)[0];
  }

  pageOfNamespaces(
    account: string,
    order: NamespaceOrder,
    descending: boolean,
    limit: number,
    offset: number,
  ): Namespace[] {
    const clause = `WHERE account = ? ORDER BY ${order} ${descending ? "DESC" : "ASC"} LIMIT ? OFFSET ?`;
    return this.#selectNamespaces(clause, account, limit, offset);
  }

  write(rowId: number, pairs: Iterable<Pair>, nowMs: number): void {
    this.#transact(() => {
      for (const { key, value, metadata, expiration } of pairs) {
        this.#put.run(rowId, Buffer.from(key), expiration, metadata, nowMs, value);
      }
    });
  }

  remove(rowId: number, keys: Iterable<string>, nowMs: number): void {
    this.#transact(() => {
      for (const key of keys) this.#remove.run(nowMs, rowId, Buffer.from(key));
    });
  }

  read(rowId: number, key: string, view: View): Pair | undefined {
    const row = this.#read.get({ namespace: rowId, key: Buffer.from(key), ...moment(view) });
    return row === undefined ? undefined : ({ ...row, key } as unknown as Pair);
  }

  list(rowId: number, { from, to, limit }: KeyRange, view: View): Omit<Pair, "value">[] {
    const rows = this.#list.all({ namespace: rowId, from, to, limit, ...moment(view) });
    return rows.map((row) => ({
      key: Buffer.from(row.key as Uint8Array).toString(),
      metadata: row.metadata as string | null,
      expiration: row.expiration as number | null,
    }));
  }

  count(rowId: number, { from, to }: Omit<KeyRange, "limit">, nowMs: number): number {
    return Number(this.#count.get({ namespace: rowId, from, to, now: nowMs / 1000 })?.count);
  }

  writtenAt(rowId: number, key: string): number | undefined {
    return this.#writtenAt.get(rowId, Buffer.from(key))?.written_at as number | undefined;
  }

  lastWrittenAt(rowId: number): number | undefined {
    const row = this.#database.prepare("SELECT max(written_at) AS at FROM entries WHERE namespace = ?").get(rowId);
    return (row?.at as number | null) ?? undefined;
  }

  sizeWith(rowId: number, pairs: readonly Pair[]): { count: number; bytes: number } {
    const sizes = new Map<string, number>();
    const rows = this.#database
      .prepare("SELECT key, length(value) AS bytes FROM entries WHERE namespace = ? AND value IS NOT NULL")
      .all(rowId);
    for (const { key, bytes } of rows) sizes.set(Buffer.from(key as Uint8Array).toString(), Number(bytes));
    for (const { key, value } of pairs) sizes.set(key, value.length);
    let bytes = 0;
    for (const [key, length] of sizes) bytes += Buffer.byteLength(key) + length;
    return { count: sizes.size, bytes };
  }

  #selectNamespaces(clause: string, ...parameters: (string | number | null)[]): Namespace[] {
    const columns = "row_id AS rowId, id, account, title, jurisdiction, mode, created_at AS createdAt";
    const rows = this.#database.prepare(`SELECT ${columns} FROM namespaces ${clause}`).all(...parameters);
    return rows as unknown as Namespace[];
  }

  #transact(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function open(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file);
    database.exec(schema);
    addColumns(database);
    return database;
  } catch (error) {
    throw new Error(`cannot use ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A file of an earlier version has not all of them. */
function addColumns(database: DatabaseSync): void {
  const known = database.prepare("SELECT name FROM pragma_table_info('namespaces')").all();
  if (!known.some(({ name }) => name === "mode")) database.exec("ALTER TABLE namespaces ADD COLUMN mode TEXT");
}

function moment({ nowMs, staleMs }: View): { now: number; staleAfter: number } {
  return { now: nowMs / 1000, staleAfter: staleMs === undefined ? Number.MAX_SAFE_INTEGER : nowMs - staleMs };
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
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
  CREATE TABLE IF NOT EXISTS entries (
    namespace INTEGER NOT NULL,
    key BLOB NOT NULL,
    expiration INTEGER,
    metadata TEXT,
    written_at INTEGER NOT NULL,
    old_expiration INTEGER,
    old_metadata TEXT,
    value BLOB,
    old_value BLOB
  );
  CREATE UNIQUE INDEX IF NOT EXISTS entry_keys ON entries (namespace, key);
  CREATE INDEX IF NOT EXISTS passing_entries ON entries (namespace, key, expiration)
    WHERE value IS NULL OR expiration IS NOT NULL;
  DELETE FROM entries WHERE value IS NULL;
`;

const putSql = `
  INSERT INTO entries (namespace, key, expiration, metadata, written_at, value) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (namespace, key) DO UPDATE SET
    old_expiration = expiration, old_metadata = metadata, old_value = value,
    expiration = excluded.expiration, metadata = excluded.metadata, value = excluded.value,
    written_at = excluded.written_at
`;

const removeSql = `
  UPDATE entries SET
    old_expiration = expiration, old_metadata = metadata, old_value = value,
    expiration = NULL, metadata = NULL, value = NULL, written_at = ?
  WHERE namespace = ? AND key = ? AND value IS NOT NULL
`;

const seen = (column: string) =>
  `CASE WHEN written_at > :staleAfter THEN old_${column} ELSE ${column} END AS ${column}`;

const isSeen = `
  (CASE WHEN written_at > :staleAfter THEN old_value IS NOT NULL ELSE value IS NOT NULL END)
  AND coalesce(CASE WHEN written_at > :staleAfter THEN old_expiration ELSE expiration END > :now, TRUE)
`;

const readSql = `
  SELECT ${seen("value")}, ${seen("metadata")}, ${seen("expiration")}
  FROM entries WHERE namespace = :namespace AND key = :key AND ${isSeen}
`;

const listSql = `
  SELECT key, ${seen("metadata")}, ${seen("expiration")}
  FROM entries WHERE namespace = :namespace AND key >= :from AND key < :to AND ${isSeen}
  ORDER BY key LIMIT :limit
`;

/**
 * All rows, less those that are deleted (they have no expiration) or expired. Each number comes from an index alone: to
 * ask every row itself takes a hundred times as long.
 */
const countSql = `
  SELECT (SELECT count(*) FROM entries WHERE namespace = :namespace AND key >= :from AND key < :to) - (
    SELECT count(*) FROM entries WHERE namespace = :namespace AND key >= :from AND key < :to
      AND (value IS NULL OR expiration IS NOT NULL) AND coalesce(expiration, 0) <= :now
  ) AS count
`;
