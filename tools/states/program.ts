import type { Declaration } from "../stack/stack";
import type { WrittenFile } from "../transcripts/transcript";

const far = 2_100_000_000;
const fiveYears = 157_680_000;

/** The files that the program's sources name. */
export const files: readonly WrittenFile[] = [
  { path: "page.html", text: "<p>Grüße</p>" },
  {
    path: "seed.ndjson",
    text: [
      { key: "n1", value: "one" },
      { key: "n2", value: "/w==", base64: true, metadata: { owner: "ops" } },
      { key: "n3", value: "three", expiration: far },
      { key: "n4", value: "four", expiration_ttl: fiveYears },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  },
  { path: "site/index.html", text: "<h1>site</h1>" },
  { path: "site/img/dot.svg", text: "<svg/>" },
];

const namespaceId = { $ref: "named.namespaceId" };

function key(name: string, args: object): Declaration {
  return { type: "KeyValue", name, args: { namespaceId, key: name, ...args } };
}

function set(name: string, args: object): Declaration {
  return { type: "KeyValueSet", name, args: { namespaceId, keyPrefix: `${name}/`, ...args } };
}

/** All that a state can have. */
export const program: readonly Declaration[] = [
  { type: "Namespace", name: "auto" },
  { type: "Namespace", name: "named", args: { title: "data", jurisdiction: "eu", forceDestroy: true } },
  {
    ...key("other", { value: "by the resource's id" }),
    args: { namespaceId: { $ref: "auto.id" }, key: "o", value: "" },
  },
  key("text", { value: "Grüße", metadata: { owner: "ops", tiers: [1, 2.5, null], nested: { b: 1, a: 2 } } }),
  key("a/b %2F ü", { value: "", metadata: "text" }),
  key("bytes", { valueBase64: "AP/+" }),
  key("file", { source: { $file: "page.html" }, metadata: false }),
  key("asset", { source: { $text: "text" } }),
  key("secret", { value: { $secret: "s3cret" }, metadata: { $secret: { pin: 1 } } }),
  key("expiring", { value: "later", expiration: far }),
  key("living", { value: "for years", expirationTtl: fiveYears }),
  set("inline", {
    values: { a: "1", "b.c": "2", d: { $secret: "3" } },
    entries: [
      { key: "e", value: "5", metadata: { owner: "ops" } },
      { key: "f", valueBase64: "/w==", expiration: far },
      { key: "g", value: "7", expirationTtl: fiveYears },
    ],
    metadata: { by: "default" },
    maxDeletes: 5,
    driftDetection: "values",
  }),
  set("seed", { source: { $file: "seed.ndjson" } }),
  set("site", { source: { $dir: "site" }, prune: "unlisted", expirationTtl: fiveYears }),
];
