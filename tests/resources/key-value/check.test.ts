import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../provider/pulumi/asset";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { accountId, otherId, unknown, World } from "../world";

const secret = "sentinel-value-c44d";
const namespaceId = "abcdef0123456789abcdef0123456789";
const asset = (parts: object) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", ...parts });
const archive = (parts: object) => ({
  "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
  ...parts,
});

let world: World;
let folder: string;
let now: number;
beforeAll(async () => {
  world = await World.start();
  now = world.clock.seconds;
  folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-"));
  writeFileSync(join(folder, "small"), "small");
  writeFileSync(join(folder, "largest"), Buffer.alloc(26_214_400));
  writeFileSync(join(folder, "large"), Buffer.alloc(26_214_401));
});
afterEach(() => {
  world.endRun();
  world.configure();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  return world.close();
});

const good = { namespaceId, key: "a", value: "v" };
const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

const names =
  "accountId, namespaceId, key, value, valueBase64, valueJson, source, metadata, adopt, expiration, expirationTtl";
const hex = "must be 32 lowercase hexadecimal digits";

const accepted: [name: string, args: () => Properties][] = [
  ["the least there is", () => good],
  ["an empty value", () => ({ ...good, value: "" })],
  ["a value of 25 MiB", () => ({ ...good, value: "é".repeat(13_107_200) })],
  ["an empty value in base64", () => ({ ...without("value"), valueBase64: "" })],
  ["25 MiB in base64", () => ({ ...without("value"), valueBase64: Buffer.alloc(26_214_400).toString("base64") })],
  ["a file", () => ({ ...without("value"), source: asset({ path: join(folder, "small"), hash: "1" }) })],
  ["a file of 25 MiB", () => ({ ...without("value"), source: asset({ path: join(folder, "largest"), hash: "1" }) })],
  ["a text asset", () => ({ ...without("value"), source: asset({ text: "", hash: "1" }) })],
  ["a namespace by its resource's id", () => ({ ...good, namespaceId: `${accountId}/${namespaceId}` })],
  ["the account beside a namespace's id", () => ({ ...good, accountId, namespaceId: `${accountId}/${namespaceId}` })],
  ["another account", () => ({ ...good, accountId: otherId })],
  ["a key of 512 bytes", () => ({ ...good, key: "é".repeat(256) })],
  ["a key of three dots", () => ({ ...good, key: "..." })],
  ["metadata of 1,024 bytes", () => ({ ...good, metadata: "x".repeat(1022) })],
  ["metadata of null", () => ({ ...good, metadata: null })],
  ["an expiration a minute ahead", () => ({ ...good, expiration: now + 60 })],
  ["an expiration that has passed, for a new resource", () => ({ ...good, expiration: now - 1 })],
  ["the last expiration", () => ({ ...good, expiration: 2 ** 31 - 1 })],
  ["the longest time to live", () => ({ ...good, expirationTtl: 2 ** 31 - 1 - now })],
  ["a time to live of a minute", () => ({ ...good, expirationTtl: 60 })],
  ["what is null for absent", () => ({ ...good, valueBase64: null, source: null, expiration: null, accountId: null })],
];
test.each(accepted)("a check accepts %s", async (_, args) => {
  expect(await world.failures("KeyValue", args())).toEqual([]);
});

const refused: [name: string, args: () => Properties, property: string, reason: string][] = [
  ["no namespace", () => without("namespaceId"), "namespaceId", "is required"],
  ["a namespace of null", () => ({ ...good, namespaceId: null }), "namespaceId", "is required"],
  [
    "a namespace's title",
    () => ({ ...good, namespaceId: "data" }),
    "namespaceId",
    `${hex}, or <accountId>/<namespaceId>, not "data"`,
  ],
  [
    "an empty namespace",
    () => ({ ...good, namespaceId: "" }),
    "namespaceId",
    `${hex}, or <accountId>/<namespaceId>, not ""`,
  ],
  [
    "a key's id for a namespace's",
    () => ({ ...good, namespaceId: `${accountId}/${namespaceId}/a` }),
    "namespaceId",
    `${hex}, or <accountId>/<namespaceId>, not "${accountId}/${namespaceId}/a"`,
  ],
  [
    "a number for a namespace",
    () => ({ ...good, namespaceId: 5 }),
    "namespaceId",
    "must be a string, not a number; quote it",
  ],
  ["no key", () => without("key"), "key", "is required"],
  ["an empty key", () => ({ ...good, key: "" }), "key", "must not be empty"],
  ["a key of a dot", () => ({ ...good, key: "." }), "key", 'must not be ".", which the API refuses as a key'],
  ["a key of two dots", () => ({ ...good, key: ".." }), "key", 'must not be "..", which the API refuses as a key'],
  [
    "a key of half a character",
    () => ({ ...good, key: "\ud800" }),
    "key",
    "has a lone surrogate, which UTF-8 cannot carry; remove it",
  ],
  [
    "a key of 513 bytes",
    () => ({ ...good, key: `${"é".repeat(256)}k` }),
    "key",
    "is 513 bytes long, at most 512 are allowed",
  ],
  ["a list for a key", () => ({ ...good, key: ["a"] }), "key", "must be a string, not a list"],
  ["no value", () => without("value"), "value", "is missing: give one of value, valueBase64, valueJson, source"],
  [
    "two values",
    () => ({ ...good, valueBase64: "YQ==" }),
    "value",
    "must not be given beside valueBase64; give one of them",
  ],
  [
    "two other values",
    () => ({ ...without("value"), valueBase64: "YQ==", source: asset({ text: "a" }) }),
    "valueBase64",
    "must not be given beside source; give one of them",
  ],
  [
    "a number for a value",
    () => ({ ...good, value: 5 }),
    "value",
    "must be a string, not a number; quote it, or give it as valueJson",
  ],
  [
    "an object for a value",
    () => ({ ...good, value: { secret } }),
    "value",
    "must be a string, not an object; JSON.stringify it, or give it as valueJson",
  ],
  [
    "a list for a value",
    () => ({ ...good, value: [] }),
    "value",
    "must be a string, not a list; JSON.stringify it, or give it as valueJson",
  ],
  [
    "a value of half a character",
    () => ({ ...good, value: `${secret}\ud800` }),
    "value",
    "has a lone surrogate, which UTF-8 cannot carry; use valueBase64 for bytes",
  ],
  [
    "a value of a byte too many",
    () => ({ ...good, value: `${"é".repeat(13_107_200)}x` }),
    "value",
    "is 26214401 bytes long, at most 26214400 are allowed",
  ],
  [
    "no base64",
    () => ({ ...without("value"), valueBase64: secret }),
    "valueBase64",
    "must be base64: letters, digits, + and /, padded with = to a multiple of four",
  ],
  [
    "base64 for URLs",
    () => ({ ...without("value"), valueBase64: "_-8=" }),
    "valueBase64",
    "must be base64: letters, digits, + and /, padded with = to a multiple of four",
  ],
  [
    "base64 without its end",
    () => ({ ...without("value"), valueBase64: "YQ" }),
    "valueBase64",
    "must be base64: letters, digits, + and /, padded with = to a multiple of four",
  ],
  [
    "base64 on lines",
    () => ({ ...without("value"), valueBase64: "YQ==\n" }),
    "valueBase64",
    "must be base64: letters, digits, + and /, padded with = to a multiple of four",
  ],
  [
    "too much in base64",
    () => ({ ...without("value"), valueBase64: Buffer.alloc(26_214_401).toString("base64") }),
    "valueBase64",
    "is 26214401 bytes long, at most 26214400 are allowed",
  ],
  [
    "a path for a file",
    () => ({ ...without("value"), source: "./file" }),
    "source",
    "must be an Asset, such as new pulumi.asset.FileAsset(path)",
  ],
  [
    "an empty text asset",
    () => ({ ...without("value"), source: asset({ hash: sha256("") }) }),
    "source",
    'must not be an empty text asset, which Pulumi cannot hand back to the program; give value: "", or an empty file',
  ],
  [
    "metadata that are no JSON",
    () => ({ ...good, metadata: { limits: [Number.NaN] } }),
    "metadata",
    "has, at limits[0], NaN, and NaN is not JSON; give a text, or null",
  ],
  [
    "an archive",
    () => ({ ...without("value"), source: archive({ path: "." }) }),
    "source",
    "must be an Asset, such as new pulumi.asset.FileAsset(path)",
  ],
  [
    "a remote file",
    () => ({ ...without("value"), source: asset({ uri: "https://api.example" }) }),
    "source",
    "must be a file or a text of this machine, not a RemoteAsset; download it first",
  ],
  [
    "a file that is not there",
    () => ({ ...without("value"), source: asset({ path: "/none", hash: "1" }) }),
    "source",
    "cannot be read: /none: ENOENT",
  ],
  [
    "a folder",
    () => ({ ...without("value"), source: asset({ path: folder, hash: "1" }) }),
    "source",
    "must be a file, and FOLDER is not",
  ],
  [
    "a file of a byte too many",
    () => ({ ...without("value"), source: asset({ path: join(folder, "large"), hash: "1" }) }),
    "source",
    "is 26214401 bytes long, at most 26214400 are allowed",
  ],
  [
    "a text asset of a byte too many",
    () => ({ ...without("value"), source: asset({ text: "x".repeat(26_214_401), hash: "1" }) }),
    "source",
    "is 26214401 bytes long, at most 26214400 are allowed",
  ],
  [
    "metadata of a byte too many",
    () => ({ ...good, metadata: "x".repeat(1023) }),
    "metadata",
    "is 1025 bytes long as JSON, at most 1024 are allowed",
  ],
  [
    "a file in metadata",
    () => ({ ...good, metadata: [{ deep: asset({ path: "a" }) }] }),
    "metadata",
    "must be JSON, without assets",
  ],
  [
    "an expiration in milliseconds",
    () => ({ ...good, expiration: now * 1000 }),
    "expiration",
    "must be unix seconds up to 2147483647, not 1900000000000; it looks like milliseconds: divide by 1000",
  ],
  [
    "an expiration after the last",
    () => ({ ...good, expiration: 2 ** 31 }),
    "expiration",
    "must be unix seconds up to 2147483647, not 2147483648",
  ],
  [
    "a time to live for an expiration",
    () => ({ ...good, expiration: 3600 }),
    "expiration",
    "must be an absolute time in unix seconds, not 3600; for a time to live use expirationTtl",
  ],
  [
    "a date for an expiration",
    () => ({ ...good, expiration: "2030-01-01" }),
    "expiration",
    "must be a number, not a string",
  ],
  ["no expiration at all", () => ({ ...good, expiration: Number.NaN }), "expiration", "must be a number, not NaN"],
  [
    "a time to live under a minute",
    () => ({ ...good, expirationTtl: 59 }),
    "expirationTtl",
    "must be at least 60 seconds, not 59",
  ],
  [
    "an expiration for a time to live",
    () => ({ ...good, expirationTtl: now }),
    "expirationTtl",
    "must be seconds from the write, not 1900000000; for an absolute time use expiration",
  ],
  [
    "a week in milliseconds to live",
    () => ({ ...good, expirationTtl: 7 * 24 * 3_600_000 }),
    "expirationTtl",
    "must end by 2147483647 in unix seconds (2038), not 604800000 seconds from now; it looks like milliseconds: divide by 1000",
  ],
  [
    "a time to live that ends after the last time by the clock",
    () => ({ ...good, expirationTtl: 2 ** 31 - now }),
    "expirationTtl",
    "must end by 2147483647 in unix seconds (2038), not 247483648 seconds from now",
  ],
  ["half a second", () => ({ ...good, expirationTtl: 60.5 }), "expirationTtl", "must be whole seconds, not 60.5"],
  [
    "an expiration and a time to live",
    () => ({ ...good, expiration: now + 60, expirationTtl: 60 }),
    "expiration",
    "must not be given beside expirationTtl; give one of them",
  ],
  ["an account's name", () => ({ ...good, accountId: "mine" }), "accountId", `${hex}, not "mine"`],
  [
    "a property that does not exist",
    () => ({ ...good, ttl: 60 }),
    "ttl",
    `is an unknown property; expected one of ${names}`,
  ],
  [
    "an account that is not the namespace's",
    () => ({ ...good, accountId: otherId, namespaceId: `${accountId}/${namespaceId}` }),
    "accountId",
    `is ${otherId}, but the namespaceId is one of the account ${accountId}; leave accountId out`,
  ],
];
test.each(refused)("a check refuses %s", async (_, args, property, reason) => {
  expect(await world.failures("KeyValue", args())).toEqual([{ property, reason: reason.replace("FOLDER", folder) }]);
  expect(reason).not.toContain(secret);
  expect(world.requests()).toEqual([]);
});

test("a check names every mistake at once", async () => {
  const args = { key: "", expirationTtl: 1, metadata: "x".repeat(2000), valu: secret };
  const failures = await world.failures("KeyValue", args);
  expect(failures.map(({ property }) => property)).toEqual([
    "valu",
    "namespaceId",
    "key",
    "metadata",
    "expirationTtl",
    "value",
  ]);
  expect(JSON.stringify(failures)).not.toContain(secret);
});

describe("an unknown value", () => {
  test.each(["accountId", "namespaceId", "key", "value", "metadata", "expiration", "expirationTtl"])(
    "passes: %s",
    async (name) => {
      expect(await world.failures("KeyValue", { ...good, [name]: unknown })).toEqual([]);
    },
  );

  test.each(["valueBase64", "source"])("passes in place of the value: %s", async (name) => {
    expect(await world.failures("KeyValue", { ...without("value"), [name]: unknown })).toEqual([]);
  });

  test("may turn out to be absent: it excludes nothing", async () => {
    expect(await world.failures("KeyValue", { ...good, valueBase64: unknown, source: unknown })).toEqual([]);
    expect(await world.failures("KeyValue", { ...good, expiration: unknown, expirationTtl: 60 })).toEqual([]);
  });

  test("passes anywhere inside metadata, whatever else is there", async () => {
    const metadata = { a: [{ b: unknown }], c: "x".repeat(2000) };
    expect(await world.failures("KeyValue", { ...good, metadata })).toEqual([]);
  });

  test("in one property does not hide a mistake in another", async () => {
    const failures = await world.failures("KeyValue", { ...good, namespaceId: unknown, key: ".." });
    expect(failures.map(({ property }) => property)).toEqual(["key"]);
  });
});

describe("checked inputs", () => {
  test("are what was given, with the account, and without what is null", async () => {
    const args = { ...good, metadata: { a: null }, expiration: null, __internal: "kept" };
    expect(await world.checked("KeyValue", "a", args)).toEqual({
      ...good,
      metadata: { a: null },
      accountId,
      __internal: "kept",
    });
  });

  test("are the same when they are checked again", async () => {
    const inputs = await world.checked("KeyValue", "a", { ...good, namespaceId: `${otherId}/${namespaceId}` });
    expect(inputs).toEqual({ ...good, accountId: otherId });
    expect(await world.checked("KeyValue", "a", inputs, inputs)).toEqual(inputs);
  });
});

describe("the account", () => {
  const environment = (id?: string) =>
    world.configure({ stack: { "cloudflare-kv:accountId": "" }, env: id ? { CLOUDFLARE_ACCOUNT_ID: id } : {} });
  const account = async (args: Properties, olds: Properties = {}) =>
    (await world.checked("KeyValue", "a", args, olds)).accountId;

  test("is the one that is given", async () => {
    expect(await account({ ...good, accountId: otherId })).toBe(otherId);
  });

  test("is the namespace's, before the configuration's", async () => {
    expect(await account({ ...good, namespaceId: `${otherId}/${namespaceId}` })).toBe(otherId);
  });

  test("is the configuration's, also where the state has another", async () => {
    expect(await account(good)).toBe(accountId);
    expect(await account(good, { ...good, accountId: otherId })).toBe(accountId);
  });

  test("is the environment's where nothing else says one", async () => {
    environment(otherId);
    expect(await account(good)).toBe(otherId);
  });

  test("is the state's where nothing at all says one", async () => {
    environment();
    expect(await account(good, { ...good, accountId: otherId })).toBe(otherId);
  });

  test("never moves by the environment: the check names both", async () => {
    environment(otherId);
    const reason =
      `is ${accountId} in the state, but ${otherId} in the environment, which never moves a resource: ` +
      `set CLOUDFLARE_ACCOUNT_ID=${accountId}, or, to replace the resource, set cloudflare-kv:accountId to ${otherId}`;
    expect(await world.failures("KeyValue", good, { ...good, accountId })).toEqual([{ property: "accountId", reason }]);
    expect(await account({ ...good, namespaceId: `${accountId}/${namespaceId}` }, { ...good, accountId })).toBe(
      accountId,
    );
  });

  test("is missed with what to do about it", async () => {
    environment();
    const reason =
      "is not known: give it here, or run `pulumi config set cloudflare-kv:accountId <id>`, or set CLOUDFLARE_ACCOUNT_ID";
    expect(await world.failures("KeyValue", good)).toEqual([{ property: "accountId", reason }]);
  });

  test("is not missed while the namespace's id may yet say it", async () => {
    environment();
    expect(await account({ ...good, namespaceId: unknown })).toBe(unknown);
  });
});

describe("what the state has already is not judged again", () => {
  const past = () => ({ ...good, accountId, expiration: now - 1000 });

  test("an expiration that has passed", async () => {
    expect(await world.failures("KeyValue", past(), past())).toEqual([]);
  });

  test("but a change to one that has passed, or is under a minute away, is", async () => {
    for (const expiration of [now - 1000, now + 59]) {
      const at = new Date(expiration * 1000).toISOString();
      expect(await world.failures("KeyValue", { ...good, expiration }, { ...good, accountId })).toEqual([
        {
          property: "expiration",
          reason: `must be at least 60 seconds ahead, and ${at} is not; to let the key go, remove the resource`,
        },
      ]);
    }
  });

  test("a file that is gone, which ignoreChanges keeps", async () => {
    const source = asset({ path: "/none", hash: "same" });
    const args = { ...without("value"), source };
    expect(await world.failures("KeyValue", args, { ...args, source: asset({ hash: "same" }) })).toEqual([]);
    expect(await world.failures("KeyValue", args, { ...args, source: asset({ hash: "other" }) })).toHaveLength(1);
  });

  test.each([
    ["is gone", "none"],
    ["has changed", "small"],
  ])("new metadata beside a file that %s, and that ignoreChanges keeps", async (_, file) => {
    const source = asset({ path: join(folder, file), hash: "same" });
    const args = { ...without("value"), source };
    expect(await world.failures("KeyValue", { ...args, metadata: { tier: 2 } }, args)).toEqual([
      { property: "source", reason: expect.stringContaining("no longer has the contents that the state knows") },
    ]);
  });
});
