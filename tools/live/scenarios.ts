import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../stack/stack";
import { member, namesIn, outcomeOf } from "./answer";
import { expectSame, hash, type Life, type Scenario } from "./scenario";

const namespaceId = { $ref: "ns.namespaceId" };
const main = join(__dirname, "..", "..", "provider", "cli", "main.js");

/** The lives that a stack has, from nothing to nothing. */
export const scenarios: readonly Scenario[] = [
  { name: "key", cost: { requests: 24, writes: 7, deletes: 2, lists: 3, namespaces: 1 }, play: playKey },
  { name: "set", cost: { requests: 34, writes: 15, deletes: 8, lists: 6, namespaces: 1 }, play: playSet },
  { name: "namespace", cost: { requests: 9, lists: 3, namespaces: 1 }, play: playNamespace },
  { name: "adoption", cost: { requests: 13, writes: 4, deletes: 4, lists: 4, namespaces: 1 }, play: playAdoption },
  { name: "export", cost: { requests: 14, writes: 5, lists: 3, namespaces: 1 }, play: playExport },
];

/** Created, changed, replaced for another time to live, changed by somebody else, destroyed. */
async function playKey(life: Life): Promise<void> {
  const { stack, stage } = life;
  const ns = namespace(`${stage.mark} key`);
  const key = (args: object): Declaration => ({
    type: "KeyValue",
    name: "a",
    args: { namespaceId, key: "a", ...args },
  });
  const first = { value: "the first value", metadata: { owner: "x" }, expirationTtl: 3600 };
  await life.step("up creates", async () => expectSame(await stack.up(ns, key(first)), ["create a", "create ns"]));
  const id = String(stack.output("ns", "namespaceId"));
  await life.step("the key is there", () => life.holds(id, "a", first.value));
  const second = { ...first, value: "the second value" };
  await life.step("up updates", async () => expectSame(await stack.up(ns, key(second)), ["update a"]));
  await life.step("the key has changed", () => life.holds(id, "a", second.value));
  await life.step("another time to live is a replacement", async () => {
    const steps = await stack.up(ns, key({ ...second, expirationTtl: 7200 }));
    expectSame(steps, ["create-replacement a", "delete-replaced a", "replace a"]);
    await life.holds(id, "a", second.value);
  });
  await life.step("somebody else writes", async () => {
    await life.pace();
    await stage.pause(stage.patience.ageing);
    await stage.call({ method: "PUT", path: `/${id}/values/a`, body: "of somebody else" });
    await life.holds(id, "a", "of somebody else");
  });
  await life.step("refresh finds it", async () => expectSame(await stack.refresh(), ["update a"]));
  await life.step("up mends it", async () => {
    await stack.up(ns, key({ ...second, expirationTtl: 7200 }));
    await life.holds(id, "a", second.value);
  });
  await settled(life);
  await destroyed(life, id, "a");
}

/** Seeded, changed, changed without an answer, pruned of what somebody else has written, destroyed. */
async function playSet(life: Life): Promise<void> {
  const { stack, stage } = life;
  const ns = namespace(`${stage.mark} set`);
  const set = (args: object): Declaration => ({ type: "KeyValueSet", name: "set", args: { namespaceId, ...args } });
  const seed = { keyPrefix: "p/", values: { a: "value of a", b: "value of b", c: "value of c" } };
  await life.step("up seeds", async () => expectSame(await stack.up(ns, set(seed)), ["create ns", "create set"]));
  const id = String(stack.output("ns", "namespaceId"));
  await life.step("the keys are there", () => life.holds(id, "p/c", seed.values.c));
  const changed = { ...seed, values: { a: seed.values.a, b: "another value of b", d: "value of d" } };
  await life.step("up writes what is new and deletes what is gone", async () => {
    await life.pace();
    const before = life.relay.writes;
    expectSame(await stack.up(ns, set(changed)), ["update set"]);
    expectSame([`${life.relay.writes - before} writes`], ["2 writes"]);
    await life.holds(id, "p/b", changed.values.b);
    await life.lacks(id, "p/c");
  });
  const later = { ...changed, values: { ...changed.values, e: "value of e" } };
  await life.step("up fails where no answer comes", async () => {
    const isOk = await life.relay.unanswered(() => stack.tryUp(ns, set(later)));
    if (isOk) throw new Error("it succeeded");
  });
  await life.step("the next up finds what was written all the same", async () => {
    await stack.up(ns, set(later));
    await life.holds(id, "p/e", later.values.e);
  });
  await life.step("somebody else writes below the prefix, and beside it", async () => {
    await stage.call({ method: "PUT", path: `/${id}/values/p%2Fstranger`, body: "of somebody else" });
    await stage.call({ method: "PUT", path: `/${id}/values/beside`, body: "of somebody else" });
    await life.lists(id, "p/stranger", true);
  });
  await life.step("up prunes what is unlisted, below the prefix alone", async () => {
    await stack.up(ns, set({ ...later, prune: "unlisted" }));
    await life.lists(id, "p/stranger", false);
    await life.holds(id, "beside", "of somebody else");
  });
  await settled(life);
  await life.step("somebody else deletes", async () => {
    await stage.call({ method: "DELETE", path: `/${id}/values/beside` });
    await life.lists(id, "beside", false);
  });
  await destroyed(life, id, "p/a");
}

/** Created, renamed in place, destroyed. */
async function playNamespace(life: Life): Promise<void> {
  const { stack, stage } = life;
  await life.step("up creates", async () => {
    expectSame(await stack.up(namespace(`${stage.mark} old title`)), ["create ns"]);
  });
  const id = String(stack.output("ns", "namespaceId"));
  await life.step("the namespace is there", async () => {
    const { status } = await stage.until({ method: "GET", path: `/${id}` }, (reply) => reply.status === 200);
    if (status !== 200) throw new Error(`the API answers ${status}`);
  });
  await life.step("a new title is a rename", async () => {
    expectSame(await stack.up(namespace(`${stage.mark} new title`)), ["update ns"]);
    const isHoped = (title: unknown) => title === `${stage.mark} new title`;
    const reply = await stage.until({ method: "GET", path: `/${id}` }, (found) => isHoped(member(found, "title")));
    if (!isHoped(member(reply, "title"))) throw new Error("the title is another");
  });
  await settled(life);
  await destroyed(life, id, "a");
}

/** A namespace with keys is there; a stack takes both over without a write. */
async function playAdoption(life: Life): Promise<void> {
  const { stack, stage } = life;
  const values = { a: "value of a", b: "value of b", c: "value of c" };
  const id = await life.step("somebody else makes a namespace with keys", async () => {
    const made = await stage.namespace("adopted");
    await seeded(
      life,
      made,
      Object.entries(values).map(([key, value]) => ({ key, value })),
    );
    return made;
  });
  const ns = namespace(`${stage.mark} adopted`, { adopt: true });
  const set: Declaration = { type: "KeyValueSet", name: "set", args: { namespaceId, values, adopt: true } };
  await life.step("up takes both over without a write", async () => {
    const before = life.relay.writes;
    expectSame(await stack.up(ns, set), ["create ns", "create set"]);
    expectSame([`${life.relay.writes - before} writes`], ["0 writes"]);
    if (stack.output("ns", "namespaceId") !== id) throw new Error("it is another namespace");
  });
  await settled(life);
  await destroyed(life, id, "a");
}

/** What `cloudflare-kv export` writes has every value, metadata and expiration. */
async function playExport(life: Life): Promise<void> {
  const { stage, stack } = life;
  const bytes = Buffer.from([0xff, 0x00, 0xef, 0xbb, 0xbf, 0x0a]);
  const expiration = Math.floor(Date.now() / 1000) + 86_400;
  const id = await stage.namespace("export");
  await life.step("somebody else writes keys", () =>
    seeded(life, id, [
      { key: "text", value: "a text of two lines\n" },
      { key: "empty", value: "" },
      { key: "bytes", value: bytes.toString("base64"), base64: true },
      { key: "metadata", value: "with metadata", metadata: { a: [1, "é"] } },
      { key: "expiring", value: "that expires", expiration },
    ]),
  );
  await life.step("an export has them all", async () => {
    const file = join(stack.dir, "export.ndjson");
    await run([main, "export", "--namespace", id, "-o", file], life.env);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Exported);
    expectSame(
      entries.map(({ key }) => key),
      ["bytes", "empty", "expiring", "metadata", "text"],
    );
    expectSame(entries.map(hashOf), [
      hashOf({ key: "bytes", value: bytes.toString("base64"), base64: true }),
      hashOf({ key: "empty", value: "" }),
      hashOf({ key: "expiring", value: "that expires", expiration }),
      hashOf({ key: "metadata", value: "with metadata", metadata: { a: [1, "é"] } }),
      hashOf({ key: "text", value: "a text of two lines\n" }),
    ]);
  });
}

interface Exported {
  readonly key: string;
  readonly value: string;
  readonly base64?: boolean;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

/** Of all that an entry has, so that a difference is told without a value. */
function hashOf({ key, value, base64 = false, metadata = null, expiration = 0 }: Exported): string {
  const bytes = Buffer.from(value, base64 ? "base64" : "utf8").toString("hex");
  return `${key} ${hash(JSON.stringify([bytes, metadata, expiration])).slice(0, 8)}`;
}

function namespace(title: string, more: object = {}): Declaration {
  return { type: "Namespace", name: "ns", args: { title, ...more } };
}

/** Waits until the last key is there, and all are listed. */
async function seeded({ stage }: Life, id: string, items: readonly Exported[]): Promise<void> {
  const written = await stage.call({ method: "PUT", path: `/${id}/bulk`, body: JSON.stringify(items) });
  if (written.status !== 200) throw new Error(`the API answers ${outcomeOf(written)}`);
  const isWhole = (names: readonly string[]) => names.length === items.length;
  await stage.until({ method: "GET", path: `/${id}/keys` }, (list) => isWhole(namesIn(list, "name")));
}

/** What was brought up needs no change. */
function settled(life: Life): Promise<void> {
  return life.step("a preview has nothing to do", async () => expectSame(await life.stack.preview(), []));
}

function destroyed(life: Life, id: string, key: string): Promise<void> {
  return life.step("destroy leaves nothing", async () => {
    await life.stack.destroy();
    await life.lacks(id, key);
  });
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`it ended with ${code}: ${said.trim()}`);
}
