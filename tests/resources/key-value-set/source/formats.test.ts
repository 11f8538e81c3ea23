import { mkdirSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Remarks } from "../../../../provider/resources/key-value-set/source/remarks";
import type { SourceOptions } from "../../../../provider/resources/key-value-set/source/source";
import { archive, asset } from "../../../../tools/wire";
import { entry, Folder, read, readText } from "./reading";

const folder = new Folder();
const secret = "hunter2";

/** Reads a source, and what it remarks. */
async function remarked(source: object, options: SourceOptions = {}) {
  const remarks = new Remarks();
  return {
    ...(await read(source, { ...options, remarks })),
    remarks: remarks.sentences().map((sentence) => sentence.replace("source: ", "")),
  };
}

const two = [entry({ key: "a", value: "1" }), entry({ key: "b", value: "2" })];
const forms: Readonly<Record<string, string>> = {
  json: '[{"key":"a","value":"1"},\n{"key":"b","value":"2"}]',
  ndjson: '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n',
  map: '{"a":"1","b":{"value":"2"}}',
  csv: "key,value\na,1\nb,2\n",
  tsv: "key\tvalue\r\na\t1\r\nb\t2\r\n",
};

describe.each(Object.entries(forms))("%s", (name, text) => {
  const chunks = [1, 3, 7, 1000];

  test("is read where format says it, in pieces of any size", async () => {
    for (const chunkBytes of chunks) {
      const options = { format: name, chunkBytes } as SourceOptions;
      expect(await readText(text, options)).toMatchObject({ entries: two, problems: [] });
    }
  });

  test("shows what it is: a table by its name, others by how they begin", async () => {
    const path = folder.write(name === "csv" || name === "tsv" ? `seed.${name}` : "seed", text);
    for (const chunkBytes of chunks)
      expect(await read(asset({ path }), { chunkBytes })).toMatchObject({ entries: two, problems: [] });
  });

  test("has characters of several bytes in pieces of any size, and is refused in Latin-1 with its place", async () => {
    const accented = text.replace("2", "é€😀");
    const utf8 = folder.write(`accented.${name}`, accented);
    const latin1 = folder.write(`latin1.${name}`, Buffer.from(text.replace("2", "été"), "latin1"));
    const [one] = two;
    for (const chunkBytes of chunks) {
      const found = await read(asset({ path: utf8 }), { chunkBytes, format: name } as SourceOptions);
      expect(found).toMatchObject({ entries: [one, entry({ key: "b", value: "é€😀" })], problems: [] });
      const { problems } = await read(asset({ path: latin1 }), { chunkBytes, format: name } as SourceOptions);
      expect(problems.join()).toMatch(/latin1\.\w+:\d+(:\d+)?: not valid UTF-8/);
    }
  });

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    ["gzip", (bytes) => gzipSync(bytes), ".gz"],
    ["zstd", (bytes) => zstdCompressSync(bytes), ".zst"],
    ["UTF-8 with a byte order mark", (bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes]), ""],
    ["UTF-16 in gzip", (bytes) => gzipSync(Buffer.from(`\ufeff${bytes}`, "utf16le")), ".gz"],
    ["UTF-16 of the other order", (bytes) => Buffer.from(`\ufeff${bytes}`, "utf16le").swap16(), ""],
  ])("is read from %s", async (_, packed, extension) => {
    const path = folder.write(`seed.${name}${extension}`, packed(Buffer.from(text)));
    for (const chunkBytes of chunks) {
      expect(await read(asset({ path }), { chunkBytes })).toMatchObject({ entries: two, problems: [] });
    }
  });
});

describe("a map", () => {
  const backup = `{
  "greeting:en": "Hello there",
  "greeting:fr": { "value": "Bonjour", "metadata": { "by": "kim" } },
  "flags": { "value": "{\\"beta\\":true}" },
  "gone": null,
  "__proto__": "x"
}`;

  test("as wrangler's bulk get prints it is put back, with places, and a null is nothing", async () => {
    const { entries, places, problems, remarks } = await remarked(asset({ text: backup }));
    expect(entries).toEqual([
      entry({ key: "greeting:en", value: "Hello there" }),
      entry({ key: "greeting:fr", value: "Bonjour", metadata: { by: "kim" } }),
      entry({ key: "flags", value: '{"beta":true}' }),
      entry({ key: "__proto__", value: "x" }),
    ]);
    expect(places).toEqual([2, 3, 4, 6].map((line) => `source:${line}:3`));
    expect(problems).toEqual([]);
    expect(remarks).toEqual(["1 key with null in place of a value: there is nothing to write"]);
  });

  test.each([
    ['{"a":1}', "source:1:2: must be a string, not a number; quote it, or set jsonValues: true"],
    ['{"a":["x"]}', "source:1:2: must be a string, not a list"],
    ['{"a":{"key":"b","value":"v"}}', "source:1:2: key must not be given: its name in the map is the key"],
    ['{"a":{"metadata":1}}', "source:1:2: has no value; to store the object itself as JSON, set jsonValues: true"],
    [`{"a":"${secret}"`, "source:1:15: not valid JSON"],
    [`{"a":"x",\n"b" "${secret}"}`, "source:2:5: not valid JSON"],
    ['{"a":"x"} x', "source:1:11: not valid JSON"],
    [`{"${"k".repeat(513)}":"v"}`, "source:1:2: key is 513 bytes long, at most 512 are allowed"],
    [`{"a":${'{"a":'.repeat(100_000)}`, "source:1:"],
    ['{"":"v"}', "source:1:2: key must not be empty"],
  ])("%# that cannot be read is refused with the place", async (text, problem) => {
    const { problems } = await readText(text, { format: "map" });
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^${problem.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`)),
    ]);
    expect(problems.join()).not.toContain(secret);
  });

  test("is not seen in what is an entry, or begins with one", async () => {
    for (const text of ['{"value":"v","key":"k"}', '{"_id":1,"key":"k","value":"v"}\n{"key":"l","value":"v"}']) {
      expect((await readText(text)).entries[0]).toMatchObject({ key: "k", value: "v" });
    }
    const long = `{"value":"${"x".repeat(2 ** 20)}","key":"k"}`;
    expect((await readText(`${long}\n${long.replace('"k"', '"l"')}`)).entries.map(({ key }) => key)).toEqual([
      "k",
      "l",
    ]);
    const wide = `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":"value ${at}"`).join()}}`;
    expect((await readText(wide)).entries).toHaveLength(100_000);
  });
});

describe("a table", () => {
  test("has what an entry can have: quotes, line breaks, metadata, times", async () => {
    const text =
      'key,value,metadata.owner,metadata.team,expiration_ttl,note\n"a,b","line one\nline ""two""",kim,,300,x\n' +
      "\nc,,,shop,,\n";
    const { entries, places, problems, remarks } = await remarked(asset({ text }), { format: "csv" });
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      entry({ key: "a,b", value: 'line one\nline "two"', metadata: { owner: "kim" }, expirationTtl: 300 }),
      entry({ key: "c", value: "", metadata: { team: "shop" } }),
    ]);
    expect(places).toEqual(["source:2", "source:5"]);
    expect(remarks).toEqual(["unknown members of entries are left out, 1 in all: note"]);
  });

  test("has metadata as JSON, and bytes", async () => {
    const text = 'key,valueBase64,metadata,expiration\na,AAE=,"{""n"":1.50}",1999999999\n';
    expect((await readText(text, { format: "csv" })).entries).toEqual([
      entry({ key: "a", value: "AAE=", base64: true, metadata: { n: 1.5 }, expiration: 1999999999 }),
    ]);
  });

  test.each([
    ["from,to\n/a,/b\n", "source:1: the first row must name the columns, and none is key"],
    ["key;value\na;b\n", "source:1: the columns are not separated by commas"],
    ["key\na\n", "source:1: must have one of the columns value, valueBase64, valueJson, and has none"],
    [
      "key,value,valueBase64\na,b,\n",
      "source:1: must have one of the columns value, valueBase64, valueJson, and has 2",
    ],
    ["key,value,value\na,b,c\n", "source:1: a column stands there twice"],
    ["key,value,metadata,metadata.a\n", "source:1: has a column metadata beside columns of its members"],
    [`key,value\na,b,${secret}\n`, "source:2: has 3 columns, and the first row has 2"],
    [`key,value\na,b\nc\n`, "source:3: has 1 columns, and the first row has 2"],
    [`key,value\na,"${secret}\n`, "source:"],
    [`key,value\na,x"${secret}\n`, "source:2: a quote stands inside a cell"],
    [`key,value,metadata\na,b,${secret}\n`, "source:2: metadata is not valid JSON"],
    ["key,value,expiration\na,b,soon\n", "source:2: expiration must be a number, not a string"],
    [`key,value\n${"k".repeat(513)},v\n`, "source:2: key is 513 bytes long, at most 512 are allowed"],
  ])("%# that cannot be read is refused with the place, and quotes nothing", async (text, problem) => {
    const { problems } = await readText(text, { format: "csv" });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(problem)).toBe(true);
    expect(problems.join()).not.toContain(secret);
  });
});

describe("a directory of entry files", () => {
  function write(files: Readonly<Record<string, string | Buffer>>): object {
    mkdirSync(folder.at("data"));
    for (const [name, content] of Object.entries(files)) folder.write(`data/${name}`, content);
    return archive({ path: folder.at("data") });
  }

  test("is one set of all that is in it, in any format", async () => {
    const source = write({
      "a.json": forms.json ?? "",
      "b.csv": "key,value\nc,3\n",
      "c.ndjson.gz": gzipSync('{"key":"d","value":"4"}'),
    });
    const { entries, places, problems } = await read(source, { format: "entries" });
    expect(problems).toEqual([]);
    expect(entries.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
    expect(places.map((place) => place.replace(`${folder.path}/`, ""))).toEqual([
      ...["data/a.json:1:2", "data/a.json:2:1", "data/b.csv:2", "data/c.ndjson.gz:1"],
    ]);
  });

  test("is values, with a word, where nobody says so", async () => {
    const { entries, remarks } = await remarked(write({ "a.json": forms.json ?? "", "b.json": forms.json ?? "" }));
    expect(entries.map(({ key }) => key)).toEqual(["a.json", "b.json"]);
    expect(remarks).toEqual([
      'each of the 2 files holds entries, and becomes one value: format: "entries" would read them',
    ]);
  });

  test("names the file of what is wrong", async () => {
    const { problems } = await read(write({ "README.md": "# Data", "a.json": "[1]" }), { format: "entries" });
    expect(problems.map((problem) => problem.replace(`${folder.path}/`, ""))).toEqual([
      expect.stringMatching(/^data\/README\.md: does not begin as any format does; a source is /),
      "data/a.json:1:2: must be an object, not a number",
    ]);
  });

  test("of values says where a byte order mark becomes a part of one", async () => {
    expect((await remarked(write({ "a.txt": "\ufeffx" }))).remarks).toEqual([
      "1 file with a byte order mark, which is a part of the value",
    ]);
  });
});

describe("another format", () => {
  test.each<[string, string | Buffer, string]>([
    ["a table without its name", "key,value\na,1\n", 'looks like CSV: set format: "csv", or name it .csv'],
    ["a table of tabs", "key\tvalue\na\t1\n", 'looks like TSV: set format: "tsv", or name it .tsv'],
    ["YAML", "greeting: hello\n", "looks like YAML"],
    ["HTML", "<!DOCTYPE html><html>", "looks like HTML or XML"],
    [
      "a pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
      "is a pointer of Git LFS: run `git lfs pull`",
    ],
    ["UTF-16 without a mark", Buffer.from("key,value", "utf16le"), "is binary, or UTF-16 without a byte order mark"],
    ["words", secret, "does not begin as any format does"],
  ])("such as %s gets one sentence", async (_, content, likeness) => {
    const path = folder.write("seed", content);
    const { problems } = await read(asset({ path }));
    expect(problems).toEqual([
      `${path}: ${likeness}; a source is a JSON array of entries, NDJSON, a JSON map, CSV or TSV, and \`format\` says which`,
    ]);
    expect(problems.join()).not.toContain(secret);
  });

  test("than format says is told", async () => {
    expect((await readText(forms.map ?? "", { format: "json" })).problems).toEqual([
      "source: looks like JSON objects, and format says json",
    ]);
    expect((await readText(forms.json ?? "", { format: "map" })).problems).toEqual([
      "source: looks like a JSON array, and format says map",
    ]);
    expect((await readText("a: 1", { format: "map" })).problems).toEqual([
      "source: looks like YAML, and format says map",
    ]);
  });
});

describe("what is packed", () => {
  const packed = gzipSync(Buffer.from(forms.ndjson ?? ""));
  test.each<[string, Buffer, string]>([
    ["too short", packed.subarray(0, 20), "is gzip that is damaged, or ends too early"],
    [
      "damaged",
      Buffer.concat([packed.subarray(0, 12), Buffer.alloc(20, 1)]),
      "is gzip that is damaged, or ends too early",
    ],
    [
      "zstd too short",
      zstdCompressSync(Buffer.from((forms.ndjson ?? "").repeat(100))).subarray(0, 20),
      "is zstd that is damaged, or ends too early",
    ],
    [
      "a bomb",
      zstdCompressSync(Buffer.alloc(100 * 2 ** 20, " ")),
      "unpacks to more than 1000 times its size, as no text of entries does",
    ],
  ])("and %s is refused", async (_, bytes, reason) => {
    const path = folder.write("seed.ndjson.gz", bytes);
    expect((await read(asset({ path }))).problems.at(-1)).toBe(`${path}: ${reason}`);
  });

  test("and no UTF-16 is refused", async () => {
    const path = folder.write("seed.json", Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x20, 0x00]));
    expect((await read(asset({ path }))).problems).toEqual([
      `${path}: is not valid UTF-16, as its byte order mark says`,
    ]);
  });
});

test("names of members that may be a value, or stand in a secret source, are remarked without their names", () => {
  const open = new Remarks();
  const hidden = new Remarks("source", true);
  for (const remarks of [open, hidden])
    for (const name of ["comment", `sk_live_${secret}0`]) remarks.unknownMember(name);
  expect(open.sentences()).toEqual(["source: unknown members of entries are left out, 2 in all: comment, …"]);
  expect(hidden.sentences()).toEqual(["source: unknown members of entries are left out, 2 in all: …"]);
});

describe("as wrangler takes it", () => {
  test("unknown members mean nothing, with their names and a count", async () => {
    const text =
      '[{"key":"r/1","value":"/1","comment":"x"},{"key":"r/2","value":"/2","status":301,"_id":7,"not a word!":1},' +
      '{"key":"r/3","value":"/3","comment":"y"}]';
    const { entries, remarks } = await remarked(asset({ text }));
    expect(entries).toHaveLength(3);
    expect(remarks).toEqual(["unknown members of entries are left out, 5 in all: comment, status, _id, …"]);
  });

  test("a time to live comes before an expiration, and null is nothing; what is no time is refused", async () => {
    const text = `[
{"base64":false,"expiration":1999999999,"expiration_ttl":300,"key":"promo","metadata":{"who":"shop"},"value":"on"},
{"key":"plain","value":"v","expiration":null,"expiration_ttl":null,"metadata":null,"base64":null},
{"key":"texttime","value":"v","expiration":"1999999999","expiration_ttl":"300"},
{"key":"iso","value":"v","expiration":"2033-05-18T03:33:19Z"},
{"key":"zero","value":"v","expiration":0}
]`;
    const { entries, problems, remarks } = await remarked(asset({ text }));
    expect(entries).toEqual([
      entry({ key: "promo", value: "on", metadata: { who: "shop" }, expirationTtl: 300 }),
      entry({ key: "plain", value: "v" }),
    ]);
    expect(problems).toEqual([
      "source:4:1: expiration_ttl must be a number, not a string",
      "source:5:1: expiration must be a number, not a string",
      expect.stringMatching(/^source:6:1: expiration must be/),
    ]);
    expect(remarks).toEqual(["2 times an expiration stands beside a time to live, which counts"]);
  });

  test("base64 may have line breaks", async () => {
    const text = '{"key":"a","value":"AA\\r\\nE=\\n","base64":true}';
    expect((await readText(text)).entries).toEqual([entry({ key: "a", value: "AAE=", base64: true })]);
  });
});
