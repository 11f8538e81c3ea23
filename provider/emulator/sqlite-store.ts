import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Namespace, NamespaceTable, type NewNamespace, randomNamespaceId } from "./namespace-table";
import { cannotUse } from "./reasons";
import { type KeyRange, type Pair, type Store, sizeWith, type View } from "./store";
import { transact } from "./transact";

/**
 * The emulator's own store, in memory or in one file. An entry's row also holds the version before its last
 * write (a deleted one has no value), for stale reads. Values come last in a row, so that lists never load them.
 */
export class SqliteStore implements Store {
  readonly namespaces: NamespaceTable;
  readonly hasEarlierVersions = true;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #read: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;
  readonly #writtenAt: StatementSync;

  constructor(file = ":memory:") {
    [this.#database, this.namespaces] = open(file);
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

  createNamespace(namespace: NewNamespace): Namespace {
    return this.namespaces.create(randomNamespaceId(), namespace);
  }

  renameNamespace({ rowId }: Namespace, title: string): void {
    this.namespaces.rename(rowId, title);
  }

  deleteNamespace({ rowId }: Namespace): void {
    transact(this.#database, () => {
      this.#database.prepare("DELETE FROM entries WHERE namespace = ?").run(rowId);
      this.namespaces.delete(rowId);
    });
  }

  write({ rowId }: Namespace, pairs: Iterable<Pair>, nowMs: number): void {
    transact(this.#database, () => {
      for (const { key, value, metadata, expiration } of pairs) {
        this.#put.run(rowId, Buffer.from(key), expiration, metadata, nowMs, value);
      }
    });
  }

  remove({ rowId }: Namespace, keys: Iterable<string>, nowMs: number): void {
    transact(this.#database, () => {
      for (const key of keys) this.#remove.run(nowMs, rowId, Buffer.from(key));
    });
  }

  read({ rowId }: Namespace, key: string, view: View): Pair | undefined {
    const row = this.#read.get({ namespace: rowId, key: Buffer.from(key), ...moment(view) });
    return row === undefined ? undefined : ({ ...row, key } as unknown as Pair);
  }

  list({ rowId }: Namespace, { from, to, limit }: KeyRange, view: View): Omit<Pair, "value">[] {
    const rows = this.#list.all({ namespace: rowId, from, to, limit, ...moment(view) });
    return rows.map((row) => ({
      key: Buffer.from(row.key as Uint8Array).toString(),
      metadata: row.metadata as string | null,
      expiration: row.expiration as number | null,
    }));
  }

  count({ rowId }: Namespace, { from, to }: Omit<KeyRange, "limit">, nowMs: number): number {
    return Number(this.#count.get({ namespace: rowId, from, to, now: nowMs / 1000 })?.count);
  }

  writtenAt({ rowId }: Namespace, key: string): number | undefined {
    return this.#writtenAt.get(rowId, Buffer.from(key))?.written_at as number | undefined;
  }

  lastWrittenAt({ rowId }: Namespace): number | undefined {
    const row = this.#database.prepare("SELECT max(written_at) AS at FROM entries WHERE namespace = ?").get(rowId);
    return (row?.at as number | null) ?? undefined;
  }

  sizeWith({ rowId }: Namespace, pairs: readonly Pair[]): { count: number; bytes: number } {
    const rows = this.#database
      .prepare("SELECT key, length(value) AS bytes FROM entries WHERE namespace = ? AND value IS NOT NULL")
      .all(rowId);
    const stored = rows.map(({ key, bytes }) => [Buffer.from(key as Uint8Array).toString(), Number(bytes)] as const);
    return sizeWith(stored, pairs);
  }
}

function open(file: string): [DatabaseSync, NamespaceTable] {
  try {
    const database = new DatabaseSync(file);
    database.exec(schema);
    return [database, new NamespaceTable(database)];
  } catch (error) {
    throw cannotUse(file, error);
  }
}

function moment({ nowMs, staleMs }: View): { now: number; staleAfter: number } {
  return { now: nowMs / 1000, staleAfter: staleMs === undefined ? Number.MAX_SAFE_INTEGER : nowMs - staleMs };
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
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
