// What one would write without this provider: `node straight-loop.mjs FILE NAMESPACE_URL IN_FLIGHT [FORMAT]` prints the seconds.
import { Pool } from "undici";
import { readSource } from "./read-source.mjs";

const [, , file, url, inFlight, format = "ndjson"] = process.argv;
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(inFlight) });
const headers = { authorization: "Bearer token", "content-type": "application/json" };
const startedAt = performance.now();
const [items, entryOf] = await readSource(file, format);
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
