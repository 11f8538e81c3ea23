import { createHash } from "node:crypto";
import fc from "fast-check";
import { sha256 } from "../../../../provider/pulumi/asset";
import { openSource, sourceHash, sourceProblem } from "../../../../provider/resources/key-value-set/source/open-source";
import { archive, asset, signed } from "../../../../tools/wire";
import { type Entry, entry, Folder, read, readText } from "./reading";

const folder = new Folder();

const bom = "\ufeff";

describe("one entry is read from", () => {
  test.each<[string, string, Partial<Entry>, string]>([
    ["a line", '{"key":"k","value":"v"}\n', {}, "source:1"],
    ["a last line without a line feed", '{"key":"k","value":"v"}', {}, "source:1"],
    ["a line that ends as on Windows", '{"key":"k","value":"v"}\r\n', {}, "source:1"],
    ["a line after blank ones", '\n \t\r\n{"key":"k","value":"v"}\n\n', {}, "source:3"],
    ["an array", '[{"key":"k","value":"v"}]', {}, "source:1:2"],
    ["an array that is laid out", '\n[\n  {\n    "key": "k",\n    "value": "v"\n  }\n]\n', {}, "source:3:3"],
    ["a line after a byte order mark", `${bom}{"key":"k","value":"v"}`, {}, "source:1"],
    ["an array after a byte order mark", `${bom}[{"key":"k","value":"v"}]`, {}, "source:1:2"],
    ["wrangler's base64", '{"key":"k","value":"/w==","base64":true}', { value: "/w==", base64: true }, "source:1"],
    ["our base64", '{"key":"k","valueBase64":"/w=="}', { value: "/w==", base64: true }, "source:1"],
    ["a value that is said not to be base64", '{"key":"k","value":"v","base64":false}', {}, "source:1"],
    ["wrangler's time to live", '{"key":"k","value":"v","expiration_ttl":60}', { expirationTtl: 60 }, "source:1"],
    ["our time to live", '{"key":"k","value":"v","expirationTtl":60}', { expirationTtl: 60 }, "source:1"],
    ["an expiration", '{"key":"k","value":"v","expiration":2000000000}', { expiration: 2e9 }, "source:1"],
    ["metadata", '{"key":"k","value":"v","metadata":[{"a":null}]}', { metadata: [{ a: null }] }, "source:1"],
    ["members that are null", '{"key":"k","value":"v","metadata":null,"expiration":null}', {}, "source:1"],
    ["an empty value", '{"key":"k","value":""}', { value: "" }, "source:1"],
    ["a key __proto__", '{"key":"__proto__","value":"v"}', { key: "__proto__" }, "source:1"],
    ["escapes", '{"key":"\\u006b","value":"\\"]},[\\\\"}', { value: '"]},[\\' }, "source:1"],
    ["escapes in an array", '[{"key":"\\u006b","value":"\\"]},[\\\\"}]', { value: '"]},[\\' }, "source:1:2"],
  ])("%s", async (_, text, declared, place) => {
    expect(await readText(text)).toEqual({ entries: [entry(declared)], places: [place], problems: [] });
    const file = folder.write("seed", text);
    expect(await read(asset({ path: file }))).toMatchObject({ entries: [entry(declared)], problems: [] });
  });
});

test.each([[""], ["\n\n"], [bom], ["[]"], [" [ \n ] \n"]])("%j declares nothing", async (text) => {
  expect(await readText(text)).toEqual({ entries: [], places: [], problems: [] });
});

test("each entry of an array has its own line and column, counted as an editor does", async () => {
  const { places } = await readText('[ {"key":"ä🙂","value":""},{"key":"b","value":""},\n{"key":"c","value":""}]');
  expect(places).toEqual(["source:1:3", "source:1:28", "source:2:1"]);
});

test("a file is named as it was given", async () => {
  const file = folder.write("seed.ndjson", "{}");
  expect((await read(asset({ path: file }))).problems).toContain(`${file}:1: key is required`);
});

test("a source is read again from its beginning", async () => {
  const source = openSource(asset({ text: '{"key":"k","value":"v"}' }));
  for (const _ of [1, 2]) {
    const keys: string[] = [];
    for await (const { entries } of source.batches()) keys.push(...entries.map(({ key }) => key));
    expect(keys).toEqual(["k"]);
  }
});

const smallJson = fc
  .json({ maxDepth: 2 })
  .filter((text) => text.length < 500)
  .map((text) => JSON.parse(text) as unknown);

const anyEntry = fc.record(
  {
    key: fc.oneof(fc.string({ unit: "binary", minLength: 3, maxLength: 40 }), fc.constant("__proto__")),
    value: fc.string({ unit: "binary" }),
    metadata: fc.oneof(fc.string({ unit: "binary" }), smallJson),
    expiration: fc.integer({ min: 1_900_000_000, max: 2_000_000_000 }),
  },
  { requiredKeys: ["key", "value"] },
);

const blank = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 });

/** The same JSON with some characters as escapes. */
function escaped(text: string, every: number): string {
  return text.replace(/[^\x20-\x7e]/gu, (character, at: number) => (at % every === 0 ? escapes(character) : character));
}

function escapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

const forms = fc.record({
  entries: fc.array(anyEntry, { maxLength: 6 }),
  blanks: fc.array(blank, { minLength: 14, maxLength: 14 }),
  lineEnd: fc.constantFrom("\n", "\r\n", "\n\n \r\n"),
  escapeEvery: fc.integer({ min: 1, max: 5 }),
  mark: fc.constantFrom("", bom),
  isArray: fc.boolean(),
  chunkBytes: fc.integer({ min: 1, max: 80 }),
});

test("any entries, however they are written and wherever the chunks end, are read as they were", async () => {
  await fc.assert(
    fc.asyncProperty(forms, async ({ entries, blanks, lineEnd, escapeEvery, mark, isArray, chunkBytes }) => {
      const texts = entries.map((one) => escaped(JSON.stringify(one), escapeEvery));
      const elements = texts.map((text, at) => `${blanks[2 * at]}${text}${blanks[2 * at + 1]}`);
      const text = isArray ? `${blanks[12]}[${elements.join(",")}]${blanks[13]}` : texts.join(lineEnd);
      const reading = await readText(mark + text, { chunkBytes });
      expect(reading.problems).toEqual([]);
      expect(reading.entries).toEqual(entries.map((one) => entry({ ...one, metadata: one.metadata ?? undefined })));
    }),
    { numRuns: 300 },
  );
});

describe("the form of a source", () => {
  test.each([
    ["a file", asset({ path: "seed.ndjson" })],
    ["a text", asset({ text: "[]" })],
    ["a directory", archive({ path: "assets" })],
    ["assets", archive({ assets: { a: asset({ text: "a" }), b: archive({ path: "assets" }) } })],
    ["no assets", archive({ hash: "00" })],
  ])("%s is accepted", (_, source) => {
    expect(sourceProblem(source)).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ["an empty text", asset({ hash: sha256("") }), "must not be an empty text asset"],
    [
      "an empty text among assets",
      archive({ assets: { a: asset({ hash: sha256("") }) } }),
      'has the member "a", which must not be an empty text asset',
    ],
    ["a string", "seed.ndjson", "must be an Asset or an Archive, such as new pulumi.asset.FileAsset(path)"],
    ["null", null, "must be an Asset or an Archive, such as new pulumi.asset.FileAsset(path)"],
    ["a secret", signed("1b47061264138c4ac30d75fd1eb44270", {}), "must be an Asset or an Archive"],
    ["a remote asset", asset({ uri: "https://localhost/a" }), "not a RemoteAsset; download it first"],
    ["a remote archive", archive({ uri: "https://localhost/a" }), "not a RemoteArchive; download it first"],
    ["a zip", archive({ path: "a/b.zip" }), "must be a directory, and a/b.zip is a packed archive; unpack it first"],
    ["a tarball", archive({ path: "b.tar.gz" }), "must be a directory, and b.tar.gz is a packed archive"],
    ["a remote member", archive({ assets: { a: asset({ uri: "u" }) } }), 'has the member "a", which must be a file'],
    [
      "a packed member of a member",
      archive({ assets: { a: archive({ assets: { b: archive({ path: "c.tgz" }) } }) } }),
      'has the member "a", which has the member "b", which must be a directory, and c.tgz is',
    ],
    ["a member of another kind", archive({ assets: { a: "text" } }), 'has the member "a", which must be an Asset'],
  ])("%s is refused", (_, source, reason) => {
    expect(sourceProblem(source)).toContain(reason);
  });
});

test("a source is known by the engine's hash, a text without one by its own", () => {
  const text = createHash("sha256").update("text").digest("hex");
  expect(sourceHash(asset({ hash: "h", path: "p" }))).toBe("h");
  expect(sourceHash(asset({ text: "text" }))).toBe(text);
  expect(sourceHash(archive({ hash: "h" }))).toBe("h");
  expect(sourceHash(archive({ path: "p" }))).toBeUndefined();
});

describe("the engine's hash", () => {
  const text = '{"key":"k","value":"v"}\n';
  const hash = createHash("sha256").update(text).digest("hex");

  test.each([1, 7, 1000])("of the bytes that are read in chunks of %d lets them pass", async (chunkBytes) => {
    const path = folder.write("seed.ndjson", text);
    expect((await read(asset({ path, hash }), { chunkBytes })).entries).toEqual([entry({})]);
  });

  test.each([
    ["an array", `[${text}]`],
    ["lines", text.repeat(2)],
  ])("of other bytes is an error, once %s was read", async (_, other) => {
    const path = folder.write("seed", other);
    await expect(read(asset({ path, hash }))).rejects.toThrow(
      `source: ${path} has changed since this run began; run it again once it no longer changes`,
    );
  });
});
