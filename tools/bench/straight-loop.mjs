// What one would write without this provider: `node straight-loop.mjs FILE NAMESPACE_URL IN_FLIGHT [FORMAT]` prints the seconds.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { Pool } from "undici";

const [, , file, url, inFlight, format = "ndjson"] = process.argv;
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(inFlight) });
const headers = { authorization: "Bearer token", "content-type": "application/json" };
const startedAt = performance.now();
const [items, entryOf] = await read();
const slices = [];
for (let at = 0; at < items.length; at += 10_000) slices.push(items.slice(at, at + 10_000));
await Promise.all(Array.from({ length: Number(inFlight) }, worker));
console.log((performance.now() - startedAt) / 1000);
await pool.close();

async function worker() {
  for (let slice = slices.shift(); slice; slice = slices.shift()) {
    const body = JSON.stringify(slice.map(entryOf));
    const response = await pool.request({ method: "PUT", path: `${pathname}/bulk`, headers, body });
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    await response.body.dump();
  }
}

/** What stands in the file, and what makes an entry of each. */
async function read() {
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
