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

test("without a path it is the one of this folder or the next above, wrangler.json before the others", () => {
  const below = join(folder, "below", "further");
  mkdirSync(below, { recursive: true });
  for (const name of ["wrangler.toml", "wrangler.jsonc", "wrangler.json"])
    writeFileSync(join(folder, "below", name), "");
  writeFileSync(join(folder, "below", "wrangler.json"), '{"kv_namespaces": [{"binding": "A"}]}');
  process.chdir(below);
  expect(readConfiguration().namespaces).toEqual([{ title: "A", localId: "A" }]);
  expect(readConfiguration(join(folder, "below")).namespaces).toEqual([{ title: "A", localId: "A" }]);
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
    '{"kv_namespaces": [{"binding": "A", "id": "x"}, {"binding": "B", "preview_id": "x"}]}',
    ": kv_namespaces[0] (A) and kv_namespaces[1] (B) are one namespace for wrangler dev, which can have one title " +
      "only: give each its own id, or its own preview_id",
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
