import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration } from "../../../provider/emulator/wrangler/configuration";

const folder = mkdtempSync(join(tmpdir(), "configuration-"));
const started = process.cwd();
afterEach(() => process.chdir(started));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function namespacesIn(text: string, name = "wrangler.jsonc"): [title: string, localId: string][] {
  return readConfiguration(fileOf(name, text)).namespaces.map(({ title, localId }) => [title, localId]);
}

const sameNamespaces: [name: string, text: string][] = [
  [
    "wrangler.jsonc",
    `\uFEFF{ // JSON with comments, and a comma too many
      "kv_namespaces": [
        { "binding": "FLAGS", "id": "f0", "preview_id": "p0" },
        { "binding": "CACHE", "id": "c0" }, /* no id */ { "binding": "LOCAL" },
      ],
      "vars": { "TOKEN": "s3cret" },
    }`,
  ],
  [
    "wrangler.toml",
    `# TOML
    kv_namespaces = [
      { binding = "FLAGS", id = "f0", preview_id = 'p0' }, { binding = "CACHE", id = """c0""" }, { binding = "LOCAL" },
    ]
    [vars]
    TOKEN = "s3cret"`,
  ],
];
test.each(sameNamespaces)("the local id is the preview's, else the id, else the binding: %s", (name, text) => {
  expect(namespacesIn(text, name)).toEqual([
    ["FLAGS", "p0"],
    ["CACHE", "c0"],
    ["LOCAL", "LOCAL"],
  ]);
});

test("an environment's namespace has the binding for its title, or both names where another has it", () => {
  const kv = (binding: string, id: string) => `"kv_namespaces": [{"binding": "${binding}", "id": "${id}"}]`;
  const text = `{${kv("FLAGS", "a")}, "env": {"staging": {${kv("FLAGS", "b")}}, "prod": {${kv("FLAGS", "a")}}}}`;
  expect(namespacesIn(text)).toEqual([
    ["FLAGS", "a"],
    ["staging-FLAGS", "b"],
  ]);
  expect(namespacesIn(`{"env": {"staging": {${kv("FLAGS", "b")}}, "prod": {}}}`)).toEqual([["FLAGS", "b"]]);
});

test("a remote binding is not kept on this machine", () => {
  const text = '{"kv_namespaces": [{"binding": "FAR", "id": "f", "remote": true}, {"binding": "NEAR", "id": "n"}]}';
  const { namespaces, remoteBindings } = readConfiguration(fileOf("wrangler.jsonc", text));
  expect([namespaces, remoteBindings]).toEqual([[{ title: "NEAR", localId: "n" }], ["FAR"]]);
});

test("a configuration without KV declares nothing", () => {
  expect(namespacesIn('{"name": "worker"}')).toEqual([]);
});

test("two bindings of one id are one namespace, under the title of the first", () => {
  const text = '{"kv_namespaces": [{"binding": "A", "id": "x"}, {"binding": "B", "preview_id": "x"}]}';
  const { namespaces, aliases } = readConfiguration(fileOf("wrangler.jsonc", text));
  expect([namespaces, aliases]).toEqual([[{ title: "A", localId: "x" }], [{ binding: "B", title: "A" }]]);
});

test("without a path each name is looked for all the way up before the next, as wrangler does", () => {
  const below = join(folder, "apps", "shop");
  mkdirSync(join(below, "wrangler.json"), { recursive: true });
  const declaring = (binding: string) => `{"kv_namespaces": [{"binding": "${binding}"}]}`;
  writeFileSync(join(below, "wrangler.toml"), 'kv_namespaces = [{ binding = "TOML" }]');
  writeFileSync(join(folder, "apps", "wrangler.jsonc"), declaring("JSONC"));
  process.chdir(below);
  expect(readConfiguration().bindings).toEqual(["JSONC"]);
  writeFileSync(join(folder, "wrangler.json"), declaring("JSON"));
  expect(readConfiguration().bindings).toEqual(["JSON"]);
  expect(readConfiguration(below).bindings).toEqual(["TOML"]);
});

const lists: [list: string, name: string, text: string][] = [
  ["none", "wrangler.jsonc", "{}"],
  ["inline", "wrangler.jsonc", '{"kv_namespaces": []}'],
  ["inline", "wrangler.toml", 'kv_namespaces = [{ binding = "A" }]'],
  ["tables", "wrangler.toml", '[[kv_namespaces]]\nbinding = "A"'],
];
test.each(lists)("how a configuration lists its namespaces: %s in %s %j", (list, name, text) => {
  expect(readConfiguration(fileOf(name, text)).list).toBe(list);
});

const wrong: [name: string, text: string, problem: string][] = [
  ["wrangler.jsonc", '{\n  "vars": {"TOKEN": "s3cret"}\n  "a": 1}', ":3:3 is not JSON with comments: CommaExpected"],
  [
    "wrangler.toml",
    '[vars]\nTOKEN = "s3cret\n',
    ":2:16 is not TOML: Invalid TOML document: control characters are not allowed in strings",
  ],
  ["wrangler.jsonc", "[]", " is not an object"],
  ["wrangler.jsonc", '{"kv_namespaces": {}}', ": kv_namespaces is not a list"],
  ["wrangler.jsonc", '{"env": {"a": {"kv_namespaces": ["X"]}}}', ": env.a.kv_namespaces[0] is not an object"],
  ["wrangler.jsonc", '{"kv_namespaces": [{"id": "x"}]}', ": kv_namespaces[0] has no binding"],
  ["wrangler.jsonc", '{"kv_namespaces": [{"binding": "A", "id": 7}]}', ": kv_namespaces[0].id is not a text"],
  [
    "wrangler.jsonc",
    '{"kv_namespaces": [{"binding": "A", "id": "x"}, {"binding": "A", "id": "y"}]}',
    ': kv_namespaces[1] has the binding "A" of another entry: give each its own',
  ],
  [
    "wrangler.jsonc",
    '{"kv_namespaces": [{"binding": "A"}, {"binding": "e-A"}], "env": {"e": {"kv_namespaces": [{"binding": "A", "id": "b"}]}}}',
    ': kv_namespaces[1] and env.e.kv_namespaces[0] would both have the title "e-A": rename one of the bindings',
  ],
];
test.each(wrong)("the place of a mistake is named, and nothing is quoted: %s %j", (name, text, problem) => {
  const file = fileOf(name, text);
  expect(() => readConfiguration(file)).toThrow(new Error(file + problem));
});

test("a missing file is named, and what may stand there", () => {
  const file = join(folder, "nowhere.toml");
  expect(() => readConfiguration(file)).toThrow(
    `there is no ${file}: give the path of wrangler.jsonc or wrangler.toml`,
  );
  process.chdir(tmpdir());
  const names = "there is no wrangler.json, wrangler.jsonc, wrangler.toml in this folder or above it";
  expect(() => readConfiguration()).toThrow(`${names}: give its path to --wrangler`);
});
