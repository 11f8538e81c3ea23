import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { DeclaredNamespace } from "../../../provider/emulator/wrangler/configuration";
import { blobFolder, databaseFile } from "../../../provider/emulator/wrangler/layout";
import { WranglerStore, type WranglerStoreOptions } from "../../../provider/emulator/wrangler/wrangler-store";
import { Api } from "../api";

const flags: DeclaredNamespace = { title: "FLAGS", localId: "0123456789abcdef0123456789abcdef" };
const cache: DeclaredNamespace = { title: "CACHE", localId: "cache-local" };
/** The first half of SHA-256 of "cache-local". */
const cacheId = "9086f86148a8033f2ca16acd9d2eef23";
const folder = mkdtempSync(join(tmpdir(), "local-store-"));
const apis: Api[] = [];
let root: string;

beforeEach(() => {
  root = join(mkdtempSync(join(folder, "root-")), "v3");
});
afterEach(() => Promise.all(apis.splice(0).map((api) => api.close())));
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(options: Partial<WranglerStoreOptions> = {}): Promise<Api> {
  const api = await Api.start({ store: new WranglerStore({ root, declared: [flags, cache], ...options }) });
  apis.push(api);
  return api;
}

async function restart(options: Partial<WranglerStoreOptions> = {}): Promise<Api> {
  await Promise.all(apis.splice(0).map((api) => api.close()));
  return serve(options);
}

function titlesIn({ emulator }: Api): Record<string, string> {
  return Object.fromEntries(emulator.namespaces().map(({ title, id }) => [title, id]));
}

test("what wrangler's own tools have made is found under its names", () => {
  const object = join("kv", "miniflare-KVNamespaceObject");
  const file = "bf8ae24cf124e29a9d9b1c764441d0f9bd9f28dd9cfe1bed993850c7670a419b.sqlite";
  expect(databaseFile("", "<session-preview>")).toBe(join(object, file));
  expect(blobFolder("", "<session-preview>")).toBe(join("kv", "_session-preview_", "blobs"));
});

/** As wrangler's own `sanitisePath` spells them. */
const folders: [id: string, folder: string][] = [
  ["./kv", "__kv"],
  ["a/../b", "a____b"],
  ["..", "__"],
  ["a.b", "a.b"],
  ["con", "_"],
  [" a ", "_a_"],
  ["a\u007fb", "a\u007fb"],
  ["x".repeat(256), "x".repeat(255)],
];
test.each(folders)("the values of %j lie in the folder %j", (id, name) => {
  expect(blobFolder("", id)).toBe(join("kv", name, "blobs"));
});

test("a start makes no files of a namespace", async () => {
  await serve();
  expect(readdirSync(root)).toEqual(["cloudflare-kv"]);
});

test("declared namespaces are there from the start, in every account, under an id that the API takes", async () => {
  const api = await serve();
  expect(titlesIn(api)).toEqual({ FLAGS: flags.localId, CACHE: cacheId });
  const other = `/accounts/${"a".repeat(32)}/storage/kv/namespaces`;
  expect((await api.succeed("GET", other)).result).toHaveLength(2);
  await api.succeed("PUT", `${other}/${cacheId}/values/a`, { body: "1" });
  expect((await api.call("GET", `/${cacheId}/values/a`)).body.toString()).toBe("1");
  expect(await api.refusal("POST", "", { body: '{"title":"FLAGS"}' })).toContain(10014);
});

test("a declared namespace that is deleted comes back empty under its id, with a create or the next start", async () => {
  let api = await serve();
  await api.seed(flags.localId, { a: "1" });
  await api.succeed("DELETE", `/${flags.localId}`);
  expect(titlesIn(api)).toEqual({ CACHE: cacheId });
  expect(await api.namespace("FLAGS")).toBe(flags.localId);
  expect(api.emulator.keys(flags.localId)).toEqual([]);
  await api.succeed("DELETE", `/${flags.localId}`);
  api = await restart();
  expect(Object.keys(titlesIn(api)).sort()).toEqual(["CACHE", "FLAGS"]);
});

test("a created namespace is told of once, and is there after a restart", async () => {
  const created: string[] = [];
  let api = await serve({ onCreate: ({ title }) => created.push(title) });
  const id = await api.namespace("made");
  await api.seed(id, { a: "1" });
  api = await restart({ onCreate: ({ title }) => created.push(title) });
  expect(api.emulator.keys(id)).toEqual(["a"]);
  expect(created).toEqual(["made"]);
});

test("a created namespace that is declared afterwards keeps its title and its keys", async () => {
  const id = await (await serve()).namespace("made");
  const pasted = { title: "MADE", localId: id };
  expect(titlesIn(await restart({ declared: [flags, pasted] }))).toEqual({ made: id, FLAGS: flags.localId });
  expect(titlesIn(await restart({ declared: [] }))).toEqual({ made: id });
});

test("a new title of a declared namespace stays", async () => {
  const api = await serve();
  await api.succeed("PUT", `/${flags.localId}`, { body: '{"title":"flags of the shop"}' });
  expect(titlesIn(await restart())).toEqual({ "flags of the shop": flags.localId, CACHE: cacheId });
});

test("a namespace that is declared no longer is not shown, and keeps its keys", async () => {
  await (await serve()).seed(cacheId, { a: "1" });
  expect(titlesIn(await restart({ declared: [flags] }))).toEqual({ FLAGS: flags.localId });
  expect((await restart()).emulator.keys(cacheId)).toEqual(["a"]);
});

test("another binding is another title, unless a program has given one", async () => {
  await serve();
  const swapped = [
    { ...flags, title: "CACHE" },
    { ...cache, title: "FLAGS" },
  ];
  expect(titlesIn(await restart({ declared: swapped }))).toEqual({ CACHE: flags.localId, FLAGS: cacheId });
  const renamed = [
    { ...flags, title: "OLD_FLAGS" },
    { title: "FLAGS", localId: "f".repeat(32) },
  ];
  const api = await restart({ declared: renamed });
  expect(titlesIn(api)).toEqual({ OLD_FLAGS: flags.localId, FLAGS: "f".repeat(32) });
  await api.succeed("PUT", `/${flags.localId}`, { body: '{"title":"given"}' });
  const declared = [{ ...flags, title: "FLAGS" }];
  expect(titlesIn(await restart({ declared }))).toEqual({ given: flags.localId });
});

test("a namespace that was created, declared and deleted comes back under its id and title", async () => {
  const id = await (await serve()).namespace("made");
  const declared = [{ title: "MADE", localId: id }];
  const api = await restart({ declared });
  await api.succeed("DELETE", `/${id}`);
  expect(await api.namespace("made")).toBe(id);
  await api.succeed("DELETE", `/${id}`);
  expect(titlesIn(await restart({ declared }))).toEqual({ made: id });
});

test("a declared namespace that was renamed and deleted leaves its first title to another", async () => {
  const api = await serve();
  await api.succeed("PUT", `/${flags.localId}`, { body: '{"title":"shop"}' });
  const other = await api.namespace("FLAGS");
  await api.succeed("DELETE", `/${flags.localId}`);
  expect(titlesIn(await restart())).toEqual({ FLAGS: other, shop: flags.localId, CACHE: cacheId });
});

test("a store that is removed while it is served is made anew", async () => {
  const api = await serve();
  await api.seed(flags.localId, { a: "1" });
  rmSync(join(root, "kv"), { recursive: true });
  expect(api.emulator.keys(flags.localId)).toEqual([]);
  await api.seed(flags.localId, { b: "1" });
  const opened = new DatabaseSync(databaseFile(root, flags.localId));
  expect(opened.prepare("SELECT key FROM _mf_entries").all()).toEqual([{ key: "b" }]);
  opened.close();
});

test("a title that a created namespace has already names both ways out", async () => {
  const id = await (await serve({ declared: [] })).namespace("FLAGS");
  await expect(restart()).rejects.toThrow(
    'the configuration declares "FLAGS", and a program has made another namespace of that title: ' +
      `give the binding the id "${id}", or another name`,
  );
});

test("two emulators do not serve one store", async () => {
  const api = await serve();
  await expect(serve()).rejects.toThrow(`another emulator serves ${root}: end it first`);
  await api.close();
  await serve();
});

test("a folder or a file that cannot be used is named", async () => {
  writeFileSync(root, "a file");
  await expect(serve()).rejects.toThrow(`cannot use ${join(root, "cloudflare-kv", "namespaces.sqlite")}: ENOTDIR`);
  rmSync(root);
  const file = databaseFile(root, flags.localId);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "not a database, but long enough to be taken for one ".repeat(100));
  await expect(serve()).rejects.toThrow(`cannot use ${file}: file is not a database`);
});

test("stale reads are refused, for there are no earlier versions", async () => {
  const { emulator } = await serve();
  expect(() => emulator.setFaults([{ action: { type: "stale" } }])).toThrow("has no earlier versions");
});

/** A database as wrangler leaves it, or as a version of it might that nobody knows. */
function database(...statements: string[]): DatabaseSync {
  const file = databaseFile(root, flags.localId);
  mkdirSync(dirname(file), { recursive: true });
  const opened = new DatabaseSync(file);
  for (const statement of statements) opened.exec(statement);
  return opened;
}

const entries =
  "CREATE TABLE _mf_entries (key TEXT PRIMARY KEY, blob_id TEXT NOT NULL, expiration INTEGER, metadata TEXT)";

const unknown: [what: string, statements: string[]][] = [
  ["the table _mf_versions", [entries, "CREATE TABLE _mf_versions (a)"]],
  [
    "the columns key TEXT pk, blob_id TEXT not null, expiration INTEGER, metadata TEXT, tags TEXT",
    [entries, "ALTER TABLE _mf_entries ADD COLUMN tags TEXT"],
  ],
  ["the columns key BLOB pk, value BLOB", ["CREATE TABLE _mf_entries (key BLOB PRIMARY KEY, value BLOB)"]],
];
test.each(unknown)("a store of another version is refused and not touched: %s", async (what, statements) => {
  database(...statements).close();
  const before = readFileSync(databaseFile(root, flags.localId));
  await expect(serve()).rejects.toThrow(
    `${databaseFile(root, flags.localId)} has ${what}: it is of a version of wrangler that this emulator does not know`,
  );
  expect(readFileSync(databaseFile(root, flags.localId))).toEqual(before);
});

/** Writes as a Worker does. */
function put(
  opened: DatabaseSync,
  key: string,
  value: string,
  expiration: number | null,
  metadata: string | null,
): void {
  const blobId = randomBytes(40).toString("hex");
  mkdirSync(blobFolder(root, flags.localId), { recursive: true });
  writeFileSync(join(blobFolder(root, flags.localId), blobId), value);
  opened.prepare("INSERT OR REPLACE INTO _mf_entries VALUES (?, ?, ?, ?)").run(key, blobId, expiration, metadata);
}

test("a Worker's writes are seen at once, with metadata and expiration", async () => {
  const opened = database(entries, "CREATE TABLE _cf_ALARM (actor_id TEXT)");
  const api = await serve();
  const soon = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  put(opened, "a\0b", "value", soon, '{"of":"a Worker"}');
  put(opened, "null", "value", null, "null");
  put(opened, "expired", "value", Date.now() - 1, null);
  opened.close();
  expect((await api.succeed("GET", `/${flags.localId}/keys`)).result).toEqual([
    { name: "a\0b", expiration: soon / 1000, metadata: { of: "a Worker" } },
    { name: "null" },
  ]);
  expect((await api.call("GET", `/${flags.localId}/values/a%00b`)).body.toString()).toBe("value");
  expect(await api.refusal("GET", `/${flags.localId}/values/expired`)).toEqual([404, 10009, "get: 'key not found'"]);
});

test("a write waits for a Worker's", async () => {
  const api = await serve();
  await api.seed(flags.localId, { a: "1" });
  const file = JSON.stringify(databaseFile(root, flags.localId));
  const worker = new Worker(
    `const { DatabaseSync } = require("node:sqlite");
    const opened = new DatabaseSync(${file});
    opened.exec("BEGIN IMMEDIATE");
    require("node:worker_threads").parentPort.postMessage("begun");
    setTimeout(() => { opened.exec("COMMIT"); opened.close(); }, 300);`,
    { eval: true },
  );
  await once(worker, "message");
  await api.seed(flags.localId, { a: "2" });
  expect(api.emulator.entry(flags.localId, "a")?.value.toString()).toBe("2");
  await worker.terminate();
});

test("what stands in the database leads nowhere else, and cannot break a list", async () => {
  const opened = database(entries);
  const victim = join(root, "victim.txt");
  writeFileSync(victim, "of the user");
  const insert = opened.prepare("INSERT INTO _mf_entries VALUES (?, ?, ?, ?)");
  insert.run("evil", "../../../victim.txt", null, null);
  insert.run("blob", Buffer.from("x"), null, null);
  insert.run("empty", "", null, null);
  insert.run("metadata", "0".repeat(80), null, "{no JSON");
  opened.exec(`INSERT INTO _mf_entries VALUES ('late', '${"0".repeat(80)}', 9223372036854775807, NULL)`);
  opened.close();
  const api = await serve();
  const names = ["blob", "empty", "evil", "late", "metadata"];
  expect((await api.succeed("GET", `/${flags.localId}/keys`)).result).toEqual(names.map((name) => ({ name })));
  for (const name of names) {
    expect((await api.call("GET", `/${flags.localId}/values/${name}`)).status).toBe(404);
    await api.succeed("DELETE", `/${flags.localId}/values/${name}`);
  }
  expect(readFileSync(victim, "utf8")).toBe("of the user");
});

test("a value whose file has gone is not there", async () => {
  const api = await serve();
  await api.seed(flags.localId, { a: "1" });
  rmSync(blobFolder(root, flags.localId), { recursive: true });
  expect(await api.refusal("GET", `/${flags.localId}/values/a`)).toEqual([404, 10009, "get: 'key not found'"]);
});

test("a replaced, a deleted and a refused value leave no file", async () => {
  const api = await serve();
  const files = () => readdirSync(blobFolder(root, flags.localId)).length;
  await api.seed(flags.localId, { a: "1", b: "1" });
  await api.seed(flags.localId, { a: "2", b: "2" });
  expect(files()).toBe(2);
  await api.succeed("DELETE", `/${flags.localId}/values/a`);
  expect(files()).toBe(1);
  database(
    "CREATE TRIGGER refuse BEFORE INSERT ON _mf_entries WHEN new.key = 'z' BEGIN SELECT raise(ABORT, 'no'); END",
  ).close();
  const consoleError = jest.spyOn(console, "error").mockImplementation();
  const body = JSON.stringify([
    { key: "c", value: "1" },
    { key: "z", value: "1" },
  ]);
  expect((await api.call("PUT", `/${flags.localId}/bulk`, { body })).status).toBe(500);
  consoleError.mockRestore();
  expect([api.emulator.keys(flags.localId), files()]).toEqual([["b"], 1]);
});
