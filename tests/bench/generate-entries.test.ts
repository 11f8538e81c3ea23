import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GeneratorOptions, generateEntries, writeNdjson } from "../../tools/bench/generate-entries";

const generated = (options: GeneratorOptions) => [...generateEntries(options)];

test("the same options give the same entries, and the values' size changes no key", () => {
  const options: GeneratorOptions = { entries: 50, keys: "uuid" };
  expect(generated(options)).toEqual(generated(options));
  expect(generated({ ...options, valueBytes: 7 }).map(({ key }) => key)).toEqual(
    generated(options).map(({ key }) => key),
  );
  expect(generated({ ...options, seed: 2 })[0]).not.toEqual(generated(options)[0]);
});

test.each(["paths", "uuid"] as const)(
  "keys of the kind %s occur once each, and values are text of the size",
  (keys) => {
    const entries = generated({ entries: 5000, keys, valueBytes: 33 });
    expect(new Set(entries.map(({ key }) => key)).size).toBe(5000);
    expect(new Set(entries.map(({ value }) => value)).size).toBe(5000);
    expect(entries.filter(({ value }) => !/^[A-Za-z0-9+/]{33}$/.test(value))).toEqual([]);
  },
);

test("paths are numbered, and UUIDs are of version 4", () => {
  expect(generated({ entries: 33, keys: "paths" }).at(-1)?.key).toBe("/products/shoes/000001/reviews");
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(generated({ entries: 100, keys: "uuid" }).filter(({ key }) => !uuid.test(key))).toEqual([]);
});

test("a file has each entry on a line of its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "entries-"));
  try {
    const options: GeneratorOptions = { entries: 2000, keys: "paths" };
    await writeNdjson(join(folder, "entries.ndjson"), options);
    const lines = readFileSync(join(folder, "entries.ndjson"), "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(generated(options));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
