// What one would write without it: `node export-loop.mjs NAMESPACE_URL FILE` prints the seconds and the memory in MiB.
import { writeFileSync } from "node:fs";
import { Pool } from "undici";

const inFlight = 8;
const [, , url, file] = process.argv;
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: inFlight });
const headers = { authorization: "Bearer token", "content-type": "application/json" };
const startedAt = performance.now();
const names = [];
for (let cursor = ""; cursor !== undefined; ) {
  const { result, result_info } = await json("GET", `/keys?limit=1000&cursor=${encodeURIComponent(cursor)}`);
  names.push(...result.map(({ name }) => name));
  cursor = result_info.cursor || undefined;
}
const found = new Map();
const slices = [];
for (let at = 0; at < names.length; at += 100) slices.push(names.slice(at, at + 100));
await Promise.all(Array.from({ length: inFlight }, worker));
writeFileSync(file, names.map((key) => `${JSON.stringify({ key, ...found.get(key) })}\n`).join(""));
console.log((performance.now() - startedAt) / 1000, Math.round(process.resourceUsage().maxRSS / 1024));
await pool.close();

async function worker() {
  for (let keys = slices.shift(); keys; keys = slices.shift()) {
    const { result } = await json("POST", "/bulk/get", { keys, withMetadata: true });
    for (const [key, { value, metadata }] of Object.entries(result.values))
      found.set(key, { value, ...(metadata === null ? {} : { metadata }) });
  }
}

async function json(method, path, body) {
  const response = await pool.request({ method, path: pathname + path, headers, body: body && JSON.stringify(body) });
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  return response.body.json();
}
