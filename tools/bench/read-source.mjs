// Reads a source as one would without this provider, by the best public parser of each format. By itself,
// `node read-source.mjs FILE FORMAT` prints the seconds that reading and parsing take.
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";

/** What stands in the file, and what makes an entry of each. */
export async function readSource(file, format) {
  const same = (entry) => entry;
  switch (format) {
    case "json":
      return [JSON.parse(readFileSync(file, "utf8")), same];
    case "map":
      return [Object.entries(JSON.parse(readFileSync(file, "utf8"))), ([key, value]) => ({ key, value })];
    case "csv": {
      const { parse } = await import("csv-parse/sync");
      return [parse(readFileSync(file, "utf8"), { columns: true }), same];
    }
    case "directory": {
      const files = readdirSync(file, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const paths = files.map((entry) => join(entry.parentPath, entry.name));
      return [paths, (path) => ({ key: relative(file, path), value: readFileSync(path, "utf8") })];
    }
    default: {
      const bytes = readFileSync(file);
      const text = (format === "ndjson.gz" ? gunzipSync(bytes) : bytes).toString("utf8");
      return [text.trimEnd().split("\n"), (line) => JSON.parse(line)];
    }
  }
}

/** Line by line, as one reads NDJSON that may be large. */
async function readLines(file) {
  const entries = [];
  for await (const line of createInterface({ input: createReadStream(file) })) entries.push(JSON.parse(line));
  return entries;
}

if (process.argv[1] === import.meta.filename) {
  const [, , file, format] = process.argv;
  const startedAt = performance.now();
  if (format === "ndjson") await readLines(file);
  else {
    const [items, entryOf] = await readSource(file, format);
    items.map(entryOf);
  }
  console.log((performance.now() - startedAt) / 1000);
}
