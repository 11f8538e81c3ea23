import { mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { cannotUse } from "../reasons";
import { type KeyRange, type Pair, sizeWith, type View } from "../store";
import { transact } from "../transact";
import { blobFolder, blobTime, blobTimeAt, databaseFile, newBlobId } from "./layout";

/** How long a write waits for one of a Worker, in ms. */
const busyMs = 5000;

/** A value can be replaced between its row and its file; more often than this would be no coincidence. */
const readAttempts = 5;

interface Row {
  readonly blob_id: string;
  /** Unix ms. */
  readonly expiration: number | null;
  readonly metadata: string | null;
}

/**
 * One namespace in the local store of wrangler, which running Workers read and write at the same time. Values are
 * written before the rows that name them and removed after them, so that whoever is killed in between leaves nothing but
 * files that no row names.
 */
export class LocalNamespace {
  readonly #file: string;
  readonly #inode: number;
  readonly #database: DatabaseSync;
  readonly #blobs: string;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;

  constructor(root: string, localId: string) {
    this.#blobs = blobFolder(root, localId);
    mkdirSync(this.#blobs, { recursive: true });
    this.#file = databaseFile(root, localId);
    this.#database = open(this.#file);
    this.#inode = statSync(this.#file).ino;
    this.#find = this.#database.prepare(findSql);
    this.#put = this.#database.prepare(putSql);
    this.#remove = this.#database.prepare(removeSql);
    this.#list = this.#database.prepare(listSql);
    this.#count = this.#database.prepare(countSql);
  }

  /** False once somebody has removed the store, or put another in its place: what is open is then nobody's. */
  get isCurrent(): boolean {
    return statSync(this.#file, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  close(): void {
    this.#database.close();
  }

  write(pairs: Iterable<Pair>, nowMs: number): void {
    const written = [...pairs].map((pair) => ({ ...pair, blobId: newBlobId(nowMs) }));
    const replaced: string[] = [];
    try {
      for (const { blobId, value } of written) writeFileSync(path.join(this.#blobs, blobId), value);
      transact(this.#database, () => {
        for (const { key, blobId, expiration, metadata } of written) {
          replaced.push(...this.#blobOf(key));
          this.#put.run(Buffer.from(key), blobId, expiration === null ? null : expiration * 1000, metadata);
        }
      });
    } catch (error) {
      this.#discard(written.map(({ blobId }) => blobId));
      throw error;
    }
    this.#discard(replaced);
  }

  remove(keys: Iterable<string>): void {
    const removed: string[] = [];
    transact(this.#database, () => {
      for (const key of keys) {
        removed.push(...this.#blobOf(key));
        this.#remove.run(Buffer.from(key));
      }
    });
    this.#discard(removed);
  }

  removeAll(): void {
    const removed: string[] = [];
    transact(this.#database, () => {
      removed.push(...this.#database.prepare("DELETE FROM _mf_entries RETURNING blob_id").all().map(blobIdIn));
    });
    this.#discard(removed);
  }

  read(key: string, { nowMs }: View): Pair | undefined {
    for (let attempt = 1; ; attempt++) {
      const row = this.#rowOf(key);
      if (row === undefined || isExpired(row, nowMs)) return undefined;
      const file = this.#fileOf(row.blob_id);
      const value = file === undefined ? undefined : contentOf(file);
      if (value !== undefined) return { key, value, ...detailsOf(row) };
      if (attempt === readAttempts) return undefined;
    }
  }

  list({ from, to, limit }: KeyRange, { nowMs }: View): Omit<Pair, "value">[] {
    const rows = this.#list.all({ from, to, now: nowMs, limit });
    return rows.map((row) => ({
      key: Buffer.from(row.key as Uint8Array).toString(),
      ...detailsOf(row as unknown as Omit<Row, "blob_id">),
    }));
  }

  count({ from, to }: Omit<KeyRange, "limit">, nowMs: number): number {
    return Number(this.#count.get({ from, to, now: nowMs })?.count);
  }

  writtenAt(key: string): number | undefined {
    return this.#blobOf(key).map(blobTime)[0];
  }

  lastWrittenAt(): number | undefined {
    const row = this.#database.prepare(lastBlobSql).get();
    return row === undefined ? undefined : blobTime(blobIdIn(row));
  }

  sizeWith(pairs: readonly Pair[]): { count: number; bytes: number } {
    const rows = this.#database.prepare("SELECT CAST(key AS BLOB) AS key, blob_id FROM _mf_entries").all();
    const stored = rows.map((row) => {
      const file = this.#fileOf(blobIdIn(row));
      const { size = 0 } = (file && statSync(file, { throwIfNoEntry: false })) || {};
      return [Buffer.from(row.key as Uint8Array).toString(), size] as const;
    });
    return sizeWith(stored, pairs);
  }

  #rowOf(key: string): Row | undefined {
    return this.#find.get(Buffer.from(key)) as unknown as Row | undefined;
  }

  #blobOf(key: string): string[] {
    const row = this.#rowOf(key);
    return row === undefined ? [] : [row.blob_id];
  }

  /** Undefined for a blob's id that nobody makes: it must not lead out of the folder. */
  #fileOf(blobId: string): string | undefined {
    return /^[0-9a-f]{80}$/.test(blobId) ? path.join(this.#blobs, blobId) : undefined;
  }

  #discard(blobIds: readonly string[]): void {
    for (const file of blobIds.flatMap((blobId) => this.#fileOf(blobId) ?? [])) {
      try {
        unlinkSync(file);
      } catch {
        // It has gone, or is being read on Windows: a file that stays is of no harm, for nothing names it.
      }
    }
  }
}

function blobIdIn(row: Record<string, unknown>): string {
  return row.blob_id as string;
}

function isExpired({ expiration }: Row, nowMs: number): boolean {
  return expiration !== null && expiration <= nowMs;
}

function detailsOf({ metadata, expiration }: Omit<Row, "blob_id">): Pick<Pair, "metadata" | "expiration"> {
  return {
    metadata: metadata === "null" ? null : metadata,
    expiration: expiration === null ? null : Math.floor(expiration / 1000),
  };
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** @throws Error where the database is not as this version of the layout has it; nothing was written then. */
function open(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    database = new DatabaseSync(file, { timeout: busyMs });
    checkTables(database, file);
    database.exec(schema);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof UnknownStoreError) throw error;
    throw cannotUse(file, error);
  }
}

class UnknownStoreError extends Error {
  constructor(file: string, what: string) {
    super(
      `${file} has ${what}: it is of a version of wrangler that this emulator does not know, and nothing was changed. ` +
        "Update pulumi-cloudflare-kv, or do without --wrangler",
    );
  }
}

const columns = "key TEXT pk, blob_id TEXT not null, expiration INTEGER, metadata TEXT";

function checkTables(database: DatabaseSync, file: string): void {
  const tables = database
    .prepare(tablesSql)
    .all()
    .map(({ name }) => String(name));
  const unknown = tables.filter((name) => name !== "_mf_entries");
  if (unknown.length > 0) throw new UnknownStoreError(file, `the table ${unknown.join(", ")}`);
  const found = database.prepare(columnsSql).get()?.columns as string | null;
  if (found !== null && found !== columns) throw new UnknownStoreError(file, `the columns ${found}`);
}

/** workerd's own tables begin with `_cf_`. */
const tablesSql = `
  SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
`;

const columnsSql = `
  SELECT group_concat(
    name || ' ' || type || iif(pk, ' pk', '') || iif("notnull", ' not null', ''), ', ' ORDER BY cid
  ) AS columns
  FROM pragma_table_info('_mf_entries')
`;

/** Word for word as wrangler makes them. */
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS _mf_entries (
    key TEXT PRIMARY KEY,
    blob_id TEXT NOT NULL,
    expiration INTEGER,
    metadata TEXT
  );
  CREATE INDEX IF NOT EXISTS _mf_entries_expiration_idx ON _mf_entries(expiration);
`;

/** Only what can be shown: nobody but wrangler says what stands there. */
const details = `
  CASE WHEN typeof(expiration) = 'integer' AND expiration BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} THEN expiration END
    AS expiration,
  CASE WHEN json_valid(metadata) THEN metadata END AS metadata
`;

/** Keys come and go as bytes: a text with NUL in it, or a bound that is no text, is compared all the same. */
const findSql = `SELECT blob_id, ${details} FROM _mf_entries WHERE key = CAST(? AS TEXT)`;

const putSql = `
  INSERT OR REPLACE INTO _mf_entries (key, blob_id, expiration, metadata) VALUES (CAST(? AS TEXT), ?, ?, ?)
`;

const removeSql = "DELETE FROM _mf_entries WHERE key = CAST(? AS TEXT)";

const listSql = `
  SELECT CAST(key AS BLOB) AS key, ${details} FROM _mf_entries
  WHERE key >= CAST(:from AS TEXT) AND key < CAST(:to AS TEXT) AND (expiration IS NULL OR expiration > :now)
  ORDER BY key LIMIT :limit
`;

/** Both counts take an index alone: expired entries are few. */
const countSql = `
  SELECT (SELECT count(*) FROM _mf_entries WHERE key >= CAST(:from AS TEXT) AND key < CAST(:to AS TEXT))
    - (SELECT count(*) FROM _mf_entries WHERE expiration <= :now
        AND key >= CAST(:from AS TEXT) AND key < CAST(:to AS TEXT)) AS count
`;

const lastBlobSql = `SELECT blob_id FROM _mf_entries ORDER BY substr(blob_id, ${blobTimeAt + 1}) DESC LIMIT 1`;
