import { deflateSync, inflateSync } from "node:zlib";
import { entryHash, Manifest, metadataHash } from "../../provider/resources/key-value-set/manifest/manifest";
import { median, missed, type Result, round } from "./figures";
import { generateEntries } from "./generate-entries";
import type { Options } from "./options";

const runs = 5;
const bytesBars = { paths: 10, uuid: 28 };
const secondsBar = 0.5;
/** More entries may take longer in proportion. */
const entriesOfBar = 100_000;

type Hashes = ReadonlyMap<string, bigint>;

/** The three figures of one way to write a set's hashes down. */
interface Run {
  readonly seconds: number;
  /** A key, before base64. */
  readonly bytes: number;
  readonly decodeSeconds: number;
}

/** The manifest's text, against what one would write otherwise: the same keys and hashes as JSON, deflated. */
export async function manifest({ entries, keys, valueBytes }: Options): Promise<Result> {
  const hashes = new Map<string, bigint>();
  for (const { key, value } of generateEntries({ entries, keys, valueBytes })) hashes.set(key, entryHash(value, null));
  const ours: Run[] = [];
  const baseline: Run[] = [];
  for (let run = 0; run < runs; run++) {
    baseline.push(deflatedJson(hashes));
    ours.push(encoded(hashes));
  }
  const [our, base] = [medians(ours), medians(baseline)];
  return {
    case: "manifest",
    options: { entries, keys, runs },
    ours: our,
    baseline: base,
    ratio: round(our.bytes / base.bytes),
    ratioOf: "bytes",
    misses: [
      ...missed("bytes a key", our.bytes, bytesBars[keys]),
      ...missed("seconds to encode", our.seconds, secondsBar * Math.max(1, entries / entriesOfBar)),
    ],
  };
}

function encoded(hashes: Hashes): Run {
  const built = Manifest.empty();
  for (const [key, hash] of hashes) built.set(key, { hash, metadataHash: metadataHash(null), ttl: 0, expiresAt: 0 });
  const [seconds, text] = timed(() => built.encode());
  const [decodeSeconds] = timed(() => [...Manifest.decode(text)]);
  return { seconds, bytes: Buffer.byteLength(text, "base64") / hashes.size, decodeSeconds };
}

function deflatedJson(hashes: Hashes): Run {
  const hex = Object.fromEntries([...hashes].map(([key, hash]) => [key, hash.toString(16).padStart(16, "0")]));
  const [seconds, text] = timed(() => deflateSync(JSON.stringify(hex)).toString("base64"));
  const [decodeSeconds] = timed(() => JSON.parse(inflateSync(Buffer.from(text, "base64")).toString()) as unknown);
  return { seconds, bytes: Buffer.byteLength(text, "base64") / hashes.size, decodeSeconds };
}

function timed<T>(run: () => T): [seconds: number, result: T] {
  const startedAt = performance.now();
  const result = run();
  return [(performance.now() - startedAt) / 1000, result];
}

function medians(figures: readonly Run[]) {
  return {
    seconds: round(median(figures.map(({ seconds }) => seconds))),
    bytes: round(median(figures.map(({ bytes }) => bytes))),
    decodeSeconds: round(median(figures.map(({ decodeSeconds }) => decodeSeconds))),
  };
}
