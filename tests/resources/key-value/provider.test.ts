import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultAction } from "../../../provider/emulator/fault";
import { InitFailedError } from "../../../provider/pulumi/errors";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { until } from "../../until";
import { accountId, failureOf, mark, otherId, type Resource, token, unfinishedMark, unknown, World } from "../world";

const secret = "sentinel-value-c44d";
const hash = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");
const asset = (parts: object) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", ...parts });
const binary = Buffer.from([0xff, 0x00, 0x80]);

let world: World;
let namespaceId: string;
let basis: Properties;
let now: number;
beforeEach(async () => {
  world = await World.start();
  const namespace = await world.create("Namespace", "ns", { title: "data" });
  namespaceId = String(namespace.outs.namespaceId);
  basis = { namespaceId, key: "a", value: "one" };
  world.clock.advance(3600);
  now = world.clock.seconds;
  world.endRun();
  world.requests();
});
afterEach(() => world.close());

const create = (args: Properties = {}, name = "a") => world.create("KeyValue", name, { ...basis, ...args });
const stored = (key = "a") => world.emulator.entry(namespaceId, key);
const put = (value: string | Buffer, headers: Record<string, string> = {}, query = "") =>
  fetch(`${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/a${query}`, {
    method: "PUT",
    headers: { authorization: "Bearer x", "content-type": "application/octet-stream", ...headers },
    body: new Uint8Array(Buffer.from(value)),
  });
const drop = () =>
  fetch(`${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/a`, {
    method: "DELETE",
    headers: { authorization: "Bearer x" },
  });

test("a namespace that does not exist is said to be a matter of its id, unless the stack declares it", async () => {
  const { message } = await failureOf(create({ namespaceId: otherId }));
  expect(message).toMatch(
    new RegExp(`\\(code 10013\\). Check namespaceId, and that its account is ${accountId}\\. Nothing was written: `),
  );
  const namespace = await world.create("Namespace", "other", { title: "other" });
  world.fail({ type: "namespaceNotFound" });
  const own = await failureOf(create({ namespaceId: namespace.outs.namespaceId }, "b"));
  expect([own.message.includes("(code 10013)"), own.message.includes("Check")]).toEqual([true, false]);
});

describe("the requests of one key", () => {
  test("are 1 for create, 1 for update, 1 for replace, 2 for refresh, 1 for delete", async () => {
    const created = await create();
    expect(world.requests()).toEqual(["values.put"]);
    const updated = await world.change(created, { ...basis, value: "two", metadata: { a: 1 } });
    expect(world.requests()).toEqual(["values.put"]);
    const replaced = await world.change(updated, { ...basis, value: "two", expirationTtl: 600 });
    expect(world.requests()).toEqual(["values.put"]);
    world.endRun();
    const refreshed = await world.refresh(replaced);
    expect(world.requests().sort()).toEqual(["metadata.get", "values.get"]);
    await world.delete(refreshed as Resource);
    expect(world.requests()).toEqual(["values.delete"]);
    expect(world.emulator.keys(namespaceId)).toEqual([]);
  });

  test("are none for a check, a plan, and for what need not be written, and one for previews that will write", async () => {
    const created = await create();
    world.requests();
    const preview = world.call("b", { preview: true });
    await world.provider("KeyValue").create({ ...basis, accountId }, preview);
    await world.provider("KeyValue").update(created.id, created.outs, { ...basis, accountId, value: "two" }, preview);
    await world.plan(created, { ...basis, value: "two" });
    const { value: _, ...rest } = basis;
    const changed = await world.change(created, { ...rest, valueBase64: Buffer.from("one").toString("base64") });
    // Once in a run, whether they would be accepted.
    expect(world.requests()).toEqual(["namespaces.get"]);
    expect(changed.outs).toEqual({
      ...mark,
      ...rest,
      accountId,
      valueBase64: "b25l",
      valueSha256: hash("one"),
      writtenAt: now,
    });
    expect(await world.plan(changed, changed.inputs)).toEqual({});
  });
});

describe("a create", () => {
  test("writes value, metadata and expiration together, and tells what the state needs", async () => {
    const expiration = now + 3600;
    const { id, outs } = await create({ metadata: { a: [null] }, expiration });
    expect(id).toBe(`${accountId}/${namespaceId}/a`);
    expect(outs).toEqual({
      ...mark,
      ...basis,
      accountId,
      metadata: { a: [null] },
      expiration,
      expiresAt: expiration,
      valueSha256: hash("one"),
      writtenAt: now,
    });
    expect(stored()).toEqual({ value: Buffer.from("one"), metadata: { a: [null] }, expiration });
  });

  test("with a time to live tells when it ends", async () => {
    const { outs } = await create({ expirationTtl: 60 });
    expect([outs.expiresAt, stored()?.expiration]).toEqual([now + 60, now + 60]);
  });

  const forms: [name: string, args: Properties, value: Buffer][] = [
    ["empty text", { value: "" }, Buffer.alloc(0)],
    ["text with a BOM", { value: "\ufeff0" }, Buffer.from("\ufeff0")],
    ["empty base64", { value: undefined, valueBase64: "" }, Buffer.alloc(0)],
    ["base64", { value: undefined, valueBase64: binary.toString("base64") }, binary],
    ["a text asset", { value: undefined, source: asset({ text: "t", hash: hash("t") }) }, Buffer.from("t")],
  ];
  test.each(forms)("stores the bytes of %s", async (_, args, value) => {
    const { outs } = await create(args);
    expect(stored()?.value).toEqual(value);
    expect(outs.valueSha256).toBe(hash(value));
  });

  test("in a preview tells what is known", async () => {
    const { life } = { life: world.provider("KeyValue") };
    const preview = (inputs: Properties) => life.create(inputs, world.call("a", { preview: true }));
    const expiration = now + 60;
    expect(await preview({ ...basis, expiration })).toEqual({
      id: "",
      outs: { ...mark, ...basis, expiration, expiresAt: expiration, valueSha256: hash("one") },
    });
    expect((await preview({ ...basis, value: unknown })).outs).toEqual({ ...mark, ...basis, value: unknown });
  });

  test("is done at once in a namespace that is not known everywhere yet", async () => {
    const { outs } = await world.create("Namespace", "fresh", { title: "fresh" });
    world.fail({ type: "namespaceNotFound" }, { times: 2 });
    await create({ namespaceId: outs.namespaceId });
    expect(world.text(String(outs.namespaceId), "a")).toBe("one");
  });
});

describe("a create that adopts", () => {
  const metadata = { by: "kim" };
  const adopt = true;

  test.each<[string, Properties, () => Promise<unknown>]>([
    ["a text", {}, () => put("one")],
    ["bytes", { value: undefined, valueBase64: binary.toString("base64") }, () => put(binary)],
    ["a document", { value: undefined, valueJson: { a: [1], b: 2 } }, () => put('{ "b": 2, "a": [ 1 ] }')],
    ["a time to live", { expirationTtl: 500 }, () => put("one", {}, "?expiration_ttl=9000")],
    ["an expiration", { expiration: 2_000_000_000 }, () => put("one", {}, "?expiration=2000000000")],
  ])("writes nothing where %s is as declared", async (_, args, given) => {
    await given();
    world.requests();
    await preview({ adopt, ...args });
    expect(world.infos).toEqual(["the key is there as declared: nothing is written"]);
    const created = await create({ adopt, ...args });
    expect(world.requests().filter((request) => request === "values.put")).toEqual([]);
    expect(created.outs.writtenAt).toBeUndefined();
    world.endRun();
    expect(await world.plan(created, { ...basis, adopt, ...args })).toEqual({});
    world.clock.advance(1000);
    expect(await world.refresh(created)).toMatchObject({ outs: { valueSha256: created.outs.valueSha256 } });
  });

  test.each<[string, Properties, string]>([
    ["another value", {}, "two"],
    ["other metadata", { metadata }, "one"],
    ["no expiration", { expirationTtl: 500 }, "one"],
  ])("replaces what has %s, and says so in the preview", async (_, args, given) => {
    await put(given);
    await preview({ adopt, ...args });
    expect(world.infos).toEqual(["the key is there, and not as declared: it is replaced"]);
    world.requests();
    await create({ adopt, ...args });
    expect(world.requests()).toEqual(["values.get", "metadata.get", "values.put"]);
    expect(stored()?.value.toString()).toBe("one");
  });

  test("writes a key that is not there, and one that this run has deleted, without a look", async () => {
    await preview({ adopt });
    const first = await create({ adopt });
    expect([world.infos, stored()?.value.toString()]).toEqual([[], "one"]);
    world.endRun();
    await world.delete(first);
    world.requests();
    await create({ adopt }, "b");
    expect(world.requests()).toEqual(["values.put"]);
  });

  async function preview(args: Properties): Promise<void> {
    world.infos.length = 0;
    const inputs = await world.checked("KeyValue", "a", { ...basis, ...args });
    await world.provider("KeyValue").create(inputs, world.call("a", { preview: true }));
    world.endRun();
  }
});

describe("a file", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-"));
    path = join(folder, "file");
    writeFileSync(path, "in a file");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (text = "in a file") => ({ value: undefined, source: asset({ path, hash: hash(text) }) });

  test("is stored, and only its hash is in the outputs", async () => {
    const { outs } = await create(file());
    expect(stored()?.value.toString()).toBe("in a file");
    expect(outs.valueSha256).toBe(hash("in a file"));
  });

  test("that is no text is read alone, also after it has changed, and others are read together", async () => {
    const bytes = join(folder, "bytes");
    writeFileSync(bytes, binary);
    const found = await Promise.all([
      create({ key: "a", value: undefined, source: asset({ path: bytes, hash: hash(binary) }) }, "a"),
      create({ key: "b", ...file() }, "b"),
      create({ key: "c", value: undefined, valueBase64: Buffer.from("text").toString("base64") }, "c"),
    ]);
    world.clock.advance(3600);
    const refreshed = async (all: readonly Resource[]) => {
      world.requests();
      const resources = await Promise.all(all.map((each) => world.refresh(each)));
      return { resources: resources as Resource[], requests: world.requests().sort() };
    };
    const same = await refreshed(found);
    expect(same.requests).toEqual(["bulk.get", "metadata.get", "values.get"]);
    expect(same.resources.map(({ inputs, outs }) => ({ inputs, outs }))).toEqual(
      found.map(({ inputs, outs }) => ({ inputs, outs })),
    );
    await put("text now");
    const changed = await refreshed(same.resources);
    expect((await refreshed(changed.resources)).requests).toEqual(["bulk.get"]);
  });

  test("that changed since the run began is not stored", async () => {
    const inputs = await world.checked("KeyValue", "a", { ...basis, ...file() });
    writeFileSync(path, secret);
    const error = await failureOf(world.provider("KeyValue").create(inputs, world.call("a")));
    expect(error.message).toBe(
      `source: ${path} has changed since this run began; run it again once it no longer changes`,
    );
    expect([world.requests(), stored()]).toEqual([[], undefined]);
  });

  test("that went away since is one sentence", async () => {
    const inputs = await world.checked("KeyValue", "a", { ...basis, ...file() });
    rmSync(path);
    const error = await failureOf(world.provider("KeyValue").create(inputs, world.call("a")));
    expect(error.message).toBe(`source: ${path} cannot be read: ENOENT`);
  });

  test("of which only the hash is left is never written as nothing", async () => {
    const inputs = { ...basis, accountId, ...file(), source: asset({ hash: hash("in a file") }) };
    const error = await failureOf(world.provider("KeyValue").create(inputs, world.call("a")));
    expect([error.name, world.requests()]).toEqual(["InputError", []]);
  });

  test("is the same file in a refresh, whose asset has only its hash", async () => {
    const created = await create(file());
    const state = { ...created, outs: { ...created.outs, source: asset({ hash: hash("in a file") }) } };
    const refreshed = await world.refresh(state);
    expect(refreshed?.outs).toEqual(state.outs);
    expect(await world.plan(refreshed as Resource, { ...basis, ...file() })).toEqual({});
  });

  test("is written again when the store has something else", async () => {
    const created = await create(file());
    await put("changed");
    world.clock.advance(100);
    const refreshed = (await world.refresh(created)) as Resource;
    expect(refreshed.outs).toMatchObject({ source: created.outs.source, valueSha256: hash("changed") });
    expect(refreshed.outs).not.toHaveProperty("value");
    expect(await world.plan(refreshed, { ...basis, ...file() })).toEqual({ source: "update found" });
    await world.change(refreshed, { ...basis, ...file() });
    expect(stored()?.value.toString()).toBe("in a file");
  });
});

describe("an update", () => {
  test("carries what did not change, too", async () => {
    const created = await create({ metadata: "m", expiration: now + 3600 });
    await world.change(created, { ...basis, value: "two", metadata: "m", expiration: now + 3600 });
    expect(stored()).toEqual({ value: Buffer.from("two"), metadata: "m", expiration: now + 3600 });
  });

  test("restarts a time to live", async () => {
    const created = await create({ expirationTtl: 600 });
    world.clock.advance(100);
    const { outs } = await world.change(created, { ...basis, value: "two", expirationTtl: 600 });
    expect([outs.expiresAt, stored()?.expiration]).toEqual([now + 700, now + 700]);
  });

  test("removes metadata", async () => {
    const created = await create({ metadata: "m" });
    const { outs } = await world.change(created, basis);
    expect(stored()).toEqual({ value: Buffer.from("one"), metadata: null });
    expect(outs).not.toHaveProperty("metadata");
  });
});

describe("a refresh", () => {
  const drifts: [name: string, act: () => Promise<unknown>, args: Properties, live: Properties, plan: object][] = [
    ["nothing", async () => {}, {}, {}, {}],
    ["another value", () => put("two"), {}, { value: "two", valueSha256: hash("two") }, { value: "update" }],
    [
      "another value, in base64",
      () => put("two"),
      { value: undefined, valueBase64: "b25l" },
      { valueBase64: "dHdv", valueSha256: hash("two") },
      { valueBase64: "update" },
    ],
    [
      "bytes that are no text",
      () => put(binary),
      {},
      { value: undefined, valueBase64: binary.toString("base64"), valueSha256: hash(binary) },
      { value: "add", valueBase64: "delete" },
    ],
    ["metadata that is gone", () => put("one"), { metadata: { a: 1 } }, { metadata: undefined }, { metadata: "add" }],
    [
      "an expiration that is gone",
      () => put("one"),
      { expiration: 1_950_000_000 },
      { expiration: undefined, expiresAt: undefined },
      { expiration: "add replaces" },
    ],
    [
      "an expiration that nobody declared",
      () => put("one", {}, "?expiration=1950000000"),
      {},
      { expiration: 1_950_000_000, expiresAt: 1_950_000_000 },
      { expiration: "delete replaces" },
    ],
    [
      "a time to live that is gone",
      () => put("one"),
      { expirationTtl: 86_400 },
      { expirationTtl: undefined, expiresAt: undefined },
      { expirationTtl: "add replaces" },
    ],
  ];
  test.each(drifts)("shows %s", async (_, act, args, live, plan) => {
    const created = await create(args);
    await act();
    world.clock.advance(100);
    const refreshed = (await world.refresh(created)) as Resource;
    const expected = Object.entries({ ...created.outs, ...live }).filter(([, value]) => value !== undefined);
    expect(refreshed.outs).toEqual(Object.fromEntries(expected));
    const { expiresAt: _e, valueSha256: _v, writtenAt: _w, __stateVersion: _m, ...inputs } = refreshed.outs;
    expect(refreshed.inputs).toEqual(inputs);
    expect(await world.plan(refreshed, created.inputs)).toEqual(plan);
    const healed = await world.change(refreshed, created.inputs);
    expect(stored()?.value.toString()).toBe("one");
    expect(await world.plan(healed, created.inputs)).toEqual({});
    expect(world.warnings).toEqual([]);
  });

  test("accepts any end of a time to live", async () => {
    const created = await create({ expirationTtl: 86_400 });
    await put("one", {}, "?expiration_ttl=4000");
    world.clock.advance(100);
    const refreshed = (await world.refresh(created)) as Resource;
    expect(refreshed.outs).toMatchObject({ expirationTtl: 86_400, expiresAt: now + 4000 });
    expect(await world.plan(refreshed, { ...basis, expirationTtl: 86_400 })).toEqual({});
  });

  test("shows a value that took another form as a secret, for the state does not say", async () => {
    const created = await create();
    await put(binary);
    world.clock.advance(100);
    const { secrets } = await world.provider("KeyValue").read(created.id, created.outs, world.call("a"));
    expect(secrets).toEqual([["valueBase64"]]);
    await put("text");
    const same = await world.provider("KeyValue").read(created.id, created.outs, world.call("a"));
    expect(same.secrets).toEqual([]);
  });

  test("keeps declared metadata as it is written", async () => {
    const created = await create({ metadata: { b: 1, a: 2 } });
    expect(Object.keys((await world.refresh(created))?.outs.metadata as object)).toEqual(["b", "a"]);
  });

  test("drops a key that is gone", async () => {
    const created = await create();
    await drop();
    world.clock.advance(100);
    expect(await world.refresh(created)).toBeUndefined();
  });

  test("drops a key whose namespace is gone", async () => {
    const created = await create();
    world.clock.advance(100);
    world.fail({ type: "namespaceNotFound" });
    expect(await world.refresh(created)).toBeUndefined();
  });

  const errors: [name: string, action: FaultAction][] = [
    ["another 404", { status: 404 }],
    ["a 404 page", { status: 404, body: "html" }],
    ["code 10009 with another status", { status: 400, code: 10009 }],
    ["a 403", { status: 403, code: 10000 }],
    ["a 500", { status: 500 }],
    ["no answer", { type: "drop", when: "before" }],
    ["code 971 in place of the value", { type: "code971" }],
  ];
  test.each(errors)("never drops a key because of %s", async (_, action) => {
    const created = await create();
    world.clock.advance(100);
    world.fail(action);
    expect((await failureOf(world.refresh(created))).name).toBe("CloudflareError");
  });

  test("with a credential that is refused says where it came from", async () => {
    const created = await create();
    world.emulator.setTokens(["new"]);
    for (const call of [() => world.refresh(created), () => world.destroy(created)]) {
      const { message } = await failureOf(call());
      expect(message).toContain("Authentication error (code 10000)");
      expect(message).toContain("if it was replaced since, run `pulumi up` first, or add --run-program");
      expect(message).not.toContain(token);
    }
  });
});

describe("a refresh soon after a write", () => {
  const stale: [name: string, action: FaultAction][] = [
    ["an older value", { type: "stale" }],
    ["nothing, from a cache", { type: "negative" }],
  ];

  test.each(stale)("that finds %s looks again", async (_, action) => {
    const created = await world.change(await create({ value: "zero" }), basis);
    world.requests();
    world.fail(action, { times: 2 });
    expect((await world.refresh(created))?.outs).toEqual(created.outs);
    expect(world.requests().filter((request) => request.startsWith("values.get"))).toHaveLength(2);
    expect(world.warnings).toEqual([]);
  });

  test.each(stale)("that finds %s for long keeps the state with a warning", async (_, action) => {
    const created = await world.change(await create({ value: "zero" }), basis);
    world.fail(action);
    expect((await world.refresh(created))?.outs).toEqual(created.outs);
    expect(world.warnings).toEqual([
      "the store does not show yet what was written less than 90 s ago; the state is kept, and a later refresh will tell",
    ]);
  });

  test("believes what it finds when the ninety seconds are over", async () => {
    const created = await create();
    world.fail({ type: "negative" });
    world.clock.advance(90);
    expect(await world.refresh(created)).toBeUndefined();
    expect(world.warnings).toEqual([]);
  });

  test("waits as long as the environment says", async () => {
    world.configure({
      env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" },
      stack: { "cloudflare-kv:maxConcurrency": "7" },
    });
    const created = await create();
    world.requests();
    await drop();
    world.requests();
    expect(await world.refresh(created)).toBeUndefined();
    expect(world.requests().filter((request) => request.startsWith("values."))).toEqual(["values.get 404"]);
  });

  test("waits as ever when the environment says nothing in so many words", async () => {
    world.configure({ env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "" }, stack: { "cloudflare-kv:maxConcurrency": "7" } });
    const created = await create();
    await drop();
    expect(await world.refresh(created)).toBeDefined();
  });

  test("does not wait for a key whose time to live is over", async () => {
    const created = await create({ expirationTtl: 60 });
    world.clock.advance(61);
    world.requests();
    expect(await world.refresh(created)).toBeUndefined();
    expect(world.requests().filter((request) => request.startsWith("values."))).toEqual(["values.get 404"]);
  });

  test("ends when it is cancelled", async () => {
    const created = await create();
    const controller = new AbortController();
    world.fail({ type: "negative" });
    world.clock.onSleep = () => controller.abort(new Error("Ctrl-C"));
    const reading = world
      .provider("KeyValue")
      .read(created.id, created.outs, world.call("a", { signal: controller.signal }));
    expect((await failureOf(reading)).message).toBe("Ctrl-C");
  });
});

describe("expired as declared", () => {
  test("is not written, is no drift and no failure", async () => {
    const args = { expiration: now + 59 };
    const created = await create(args);
    expect(world.requests()).toEqual([]);
    expect(world.infos).toEqual([`expired as declared (${new Date((now + 59) * 1000).toISOString()}): not written`]);
    expect(created.outs).toEqual({
      ...mark,
      ...basis,
      ...args,
      accountId,
      expiresAt: now + 59,
      valueSha256: hash("one"),
    });
    expect(await world.plan(created, { ...basis, ...args })).toEqual({});
    expect((await world.refresh(created))?.outs).toEqual(created.outs);
    await world.destroy(created);
  });

  test("is said of a new key before anything is done, once, and not of one that is there", async () => {
    const args = { ...basis, expiration: now + 59 };
    const inputs = await world.checked("KeyValue", "a", args);
    await world.checked("KeyValue", "a", args);
    const said = `expired as declared (${new Date((now + 59) * 1000).toISOString()}): nothing will be written`;
    expect([world.warnings, world.requests()]).toEqual([[said], []]);
    world.endRun();
    await world.checked("KeyValue", "a", args, inputs);
    await world.checked("KeyValue", "b", { ...basis, key: "b", expiration: now + 60 });
    expect(world.warnings).toEqual([said]);
  });

  test("is what a key becomes when its time comes", async () => {
    const args = { expiration: now + 600 };
    const created = await create(args);
    for (const seconds of [541, 100, 86_400]) {
      world.clock.advance(seconds);
      world.endRun();
      const refreshed = (await world.refresh(created)) as Resource;
      expect(refreshed.outs).toEqual(created.outs);
      expect(await world.plan(refreshed, { ...basis, ...args })).toEqual({});
    }
    expect(stored()).toBeUndefined();
  });

  test("takes a new value without a write", async () => {
    const args = { expiration: now + 600 };
    const created = await create(args);
    world.clock.advance(600);
    world.requests();
    const changed = await world.change(created, { ...basis, ...args, value: "two" });
    expect(world.requests()).toEqual([]);
    expect(await world.plan(changed, { ...basis, ...args, value: "two" })).toEqual({});
  });

  test("is no drift even where somebody else has written the key since", async () => {
    const args = { expiration: now + 600 };
    const created = await create(args);
    world.clock.advance(700);
    await put("foreign");
    const refreshed = (await world.refresh(created)) as Resource;
    expect(await world.plan(refreshed, { ...basis, ...args })).toEqual({});
  });

  test("is what a key becomes when its time comes while the write is tried", async () => {
    world.fail({ status: 429, retryAfter: 300 }, { times: 1 });
    const created = await create({ expiration: now + 120 });
    expect(world.requests()).toEqual(["values.put 429", "values.put 400"]);
    expect(created.outs).toMatchObject({ expiration: now + 120, expiresAt: now + 120 });
    expect(created.outs).not.toHaveProperty("writtenAt");
  });

  test("is not said of an expiration that the API refuses for no reason", async () => {
    world.fail({ status: 400, code: 10033 });
    const error = await failureOf(create({ expiration: now + 86_400 }));
    expect(error.message).toContain("(code 10033)");
  });

  test("is not said while the key is there with another expiration: that fails, and the old stays", async () => {
    const created = await create();
    world.endRun();
    world.requests();
    world.fail({ status: 429, retryAfter: 300 }, { times: 1 });
    const error = await failureOf(world.change(created, { ...basis, expiration: now + 120 }));
    const at = new Date((now + 120) * 1000).toISOString();
    expect(error.message).toBe(
      `expiration must be at least 60 seconds ahead, and ${at} is not; to let the key go, remove the resource`,
    );
    expect(error.name).toBe("InputError");
    expect(stored()).toEqual({ value: Buffer.from("one"), metadata: null });
  });

  test("may be replaced by force without a failure", async () => {
    const args = { expiration: now + 600 };
    const created = await create(args);
    world.clock.advance(600);
    const replaced = await world.change(created, { ...basis, ...args }, { force: true });
    expect(await world.plan(replaced, { ...basis, ...args })).toEqual({});
  });
});

describe("a time to live that ran out", () => {
  test("is a key that is gone: a refresh says so, and the next up writes it anew", async () => {
    const args = { expirationTtl: 600 };
    const created = await create(args);
    world.clock.advance(601);
    expect(await world.plan(created, { ...basis, ...args })).toEqual({});
    expect(await world.refresh(created)).toBeUndefined();
    await create(args);
    expect(stored()?.expiration).toBe(now + 601 + 600);
  });
});

describe("a delete", () => {
  test("of what is already gone is done", async () => {
    const created = await create();
    await drop();
    world.requests();
    await world.destroy(created);
    world.fail({ type: "namespaceNotFound" });
    await world.destroy(created);
    expect(world.requests()).toEqual(["values.delete", "values.delete 404"]);
  });

  test.each([404, 405, 500])("that fails with a status %i and no words of the API fails", async (status) => {
    const created = await create();
    world.fail({ status, body: "html" });
    expect((await failureOf(world.destroy(created))).name).toBe("CloudflareError");
  });
});

describe("an import", () => {
  const imported = async (id: string) => world.provider("KeyValue").read(id, {}, world.call("a"));

  test.each([
    ["text", Buffer.from("\ufefftext\0"), { value: "\ufefftext\0" }],
    ["nothing", Buffer.alloc(0), { value: "" }],
    ["bytes", binary, { valueBase64: binary.toString("base64") }],
  ])("of %s reads value, metadata and expiration, and takes value and metadata for secrets", async (_, value, form) => {
    const args = { metadata: { a: 1 }, expiration: now + 86_400 };
    await create({ ...args, value: undefined, valueBase64: value.toString("base64") });
    const id = `${accountId}/${namespaceId}/a`;
    const { props, inputs, secrets, ...rest } = await imported(id);
    expect(inputs).toEqual({ accountId, namespaceId, key: "a", ...form, ...args });
    expect(props).toEqual({ ...mark, ...inputs, expiresAt: now + 86_400, valueSha256: hash(value) });
    expect([rest.id, secrets]).toEqual([id, [...Object.keys(form).map((name) => [name]), ["metadata", "a"]]]);
    world.endRun();
    const resource: Resource = { type: "KeyValue", name: "a", id, inputs: inputs ?? {}, outs: props ?? {} };
    expect(await world.plan(resource, inputs ?? {})).toEqual({});
  });

  test("of what is not there finds nothing", async () => {
    const nothing = { id: "", absence: "the namespace does not list this key; a new key may take a minute to appear" };
    expect(await imported(`${accountId}/${namespaceId}/none`)).toEqual(nothing);
    expect(await imported(`${accountId}/${otherId}/none`)).toEqual(nothing);
  });

  test("of a key with slashes takes the rest of the id for the key", async () => {
    const key = "/a/b//c%2F";
    await create({ key });
    const { inputs } = await imported(`${accountId}/${namespaceId}/${key}`);
    expect(inputs).toMatchObject({ key, value: "one" });
  });

  test("by an id without the account takes the configured one", async () => {
    await create();
    const { id, inputs } = await imported(`${namespaceId}/a`);
    expect([id, inputs?.accountId]).toEqual([`${accountId}/${namespaceId}/a`, accountId]);
  });

  const form =
    "expected <accountId>/<namespaceId>/<key>, each of the first two 32 lowercase hexadecimal digits; " +
    "the account may be left out where one is configured";
  test.each([
    ["abc", `Invalid key-value id "abc": ${form}`],
    ["", `Invalid key-value id "": ${form}`],
    [`${otherId}/${otherId}`, `Invalid key-value id "${otherId}/${otherId}": ${form}`],
    [`${otherId}/${otherId}/`, `Invalid key-value id "${otherId}/${otherId}/": ${form}`],
    [
      `${otherId}/${otherId}/..`,
      `Invalid key-value id "${otherId}/${otherId}/..": the key must not be "..", which the API refuses as a key`,
    ],
  ])("of the id %j says what an id is", async (id, message) => {
    expect((await failureOf(imported(id))).message).toBe(message);
    expect(world.requests()).toEqual([]);
  });

  test("with a part of the state completes it by the id", async () => {
    await create();
    const id = `${accountId}/${namespaceId}/a`;
    const { props } = await world
      .provider("KeyValue")
      .read(id, { key: "a", namespaceId: `${accountId}/${namespaceId}` }, world.call("a"));
    expect(props).toMatchObject({ accountId, namespaceId, key: "a", value: "one" });
  });
});

describe("nothing written is lost", () => {
  const unclear: [name: string, action: FaultAction][] = [
    ["no answer", { type: "drop", when: "after" }],
    ["a 503", { status: 503, when: "after" }],
    ["a page for an answer", { type: "contentType", value: "text/html" }],
  ];

  test.each(unclear)("by a create with %s, and the next up heals it", async (_, action) => {
    world.fail(action);
    const error = await failureOf(create({ metadata: "m" }));
    expect(error).toBeInstanceOf(InitFailedError);
    const { id = "", properties = {}, reasons = [] } = error;
    expect(id).toBe(`${accountId}/${namespaceId}/a`);
    expect(properties).toEqual({
      ...unfinishedMark,
      ...basis,
      accountId,
      metadata: "m",
      writtenAt: expect.any(Number),
    });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^PUT .*\. It may or may not have been written: the next `pulumi up` writes it again$/);
    world.heal();
    world.endRun();
    const broken: Resource = { type: "KeyValue", name: "a", id, inputs: properties, outs: properties };
    const healed = await world.change(broken, { ...basis, metadata: "m" });
    expect(stored()).toEqual({ value: Buffer.from("one"), metadata: "m" });
    expect(await world.plan(healed, { ...basis, metadata: "m" })).toEqual({});
    await world.destroy(healed);
    expect(stored()).toBeUndefined();
  });

  test.each(unclear)("by an update with %s, and the next up heals it", async (_, action) => {
    const created = await create({ metadata: "m" });
    world.fail(action);
    const error = await failureOf(world.change(created, { ...basis, value: "two" }));
    expect(error).toBeInstanceOf(InitFailedError);
    const writtenAt = expect.any(Number);
    expect(error.properties).toEqual({ ...unfinishedMark, ...basis, accountId, value: "two", writtenAt });
    world.heal();
    const broken = { ...created, outs: error.properties ?? {} };
    const healed = await world.change(broken, { ...basis, value: "two" });
    expect(stored()).toEqual({ value: Buffer.from("two"), metadata: null });
    expect(await world.plan(healed, { ...basis, value: "two" })).toEqual({});
  });

  test("and what was never written is not in the state", async () => {
    world.fail({ status: 400, code: 10012 });
    expect((await failureOf(create())).name).toBe("CloudflareError");
    world.fail({ status: 429 });
    expect((await failureOf(create())).name).toBe("CloudflareError");
    expect(stored()).toBeUndefined();
  });

  test("by an update that is refused: the state is as it was", async () => {
    const created = await create();
    world.fail({ status: 400, code: 10012 });
    expect((await failureOf(world.change(created, { ...basis, value: "two" }))).name).toBe("CloudflareError");
    expect(stored()?.value.toString()).toBe("one");
  });

  test("when the engine cancels a write under way: it ends, and is kept", async () => {
    const controller = new AbortController();
    const inputs = await world.checked("KeyValue", "a", basis);
    world.fail({ type: "delay", ms: 50 });
    const creating = world.provider("KeyValue").create(inputs, world.call("a", { signal: controller.signal }));
    await until(() => world.emulator.log.length > 0);
    controller.abort();
    world.endRun();
    expect((await creating).outs).toMatchObject({ valueSha256: hash("one") });
  });

  test("and no message says the value or the credential", async () => {
    const actions: FaultAction[] = [
      { status: 503 },
      { status: 400 },
      { type: "drop", when: "after" },
      { type: "truncate" },
    ];
    for (const action of actions) {
      world.fail(action);
      const { message, stack, reasons } = await failureOf(create({ value: secret, metadata: secret }));
      for (const hidden of [secret, token, Buffer.from(secret).toString("base64")]) {
        expect(JSON.stringify([message, stack, reasons])).not.toContain(hidden);
      }
    }
    const log = JSON.stringify([world.infos, world.warnings, world.statuses]);
    expect(log).not.toContain(secret);
    expect(world.statuses.length).toBeGreaterThan(0);
  });
});
