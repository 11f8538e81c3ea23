import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../provider/kv/clock";
import { Claims } from "../../provider/session/claims";
import { RunFiles } from "../../provider/session/run-files";
import { SharedClaims } from "../../provider/session/shared-claims";

/** That others may still be starting, in milliseconds. */
const startMs = 800;

const engine = "127.0.0.1:4711";
const namespace = `${"a".repeat(32)}/${"b".repeat(32)}`;
const idOf = (key: string) => `${namespace}/${key}`;
const urn = (name: string) => `urn:pulumi:dev::p::cloudflare-kv:index:KeyValue::${name}`;
const never = new AbortController().signal;

let folder: string;
/** Two processes beside this one, alive until a test ends them. */
let older: ChildProcess;
let newer: ChildProcess;
const opened: SharedClaims[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "claims-")), "run");
  older = spawn("sleep", ["600"]);
  newer = spawn("sleep", ["600"]);
});
afterEach(async () => {
  for (const shared of opened.splice(0)) shared.end();
  await Promise.all([older, newer].map(killed));
  rmSync(join(folder, ".."), { recursive: true });
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

function shared(pid: number, address = engine): SharedClaims {
  const made = new SharedClaims(address, systemClock, new RunFiles(address, { folder, pid }));
  opened.push(made);
  return made;
}

/** What a process with this id knows of the run. */
function claimsOf({ pid = 0 }: ChildProcess, address?: string): Claims {
  return new Claims(shared(pid, address), startMs);
}

function openFolder(mode: number): string {
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

const files = () => readdirSync(folder);
const range = (keys: readonly string[]) => ({
  namespace,
  prefix: "",
  keys: { size: keys.length, has: (key: string) => keys.includes(key), keys: () => keys },
});

describe("what one process declares holds for the deletes of another", () => {
  test("single keys, keys of a set, and namespaces", () => {
    const [deleting, declaring] = [claimsOf(older), claimsOf(newer)];
    declaring.declare(urn("a"), [idOf("a")]);
    declaring.declareRange(urn("set"), range(["s/1", "s/2"]));
    declaring.add(urn("ns"), namespace);
    const held = deleting.beginDeletion().take(["a", "s/2", "free"].map(idOf));
    expect(Object.fromEntries(held)).toEqual({ [idOf("a")]: "a", [idOf("s/2")]: "set" });
    expect([deleting.holders(namespace), deleting.holderIn(namespace)]).toEqual([["ns"], "a"]);
    expect(deleting.holderIn(`${namespace}0`)).toBeUndefined();
  });

  test("only what it declares last, whichever way it comes", () => {
    const [deleting, declaring] = [claimsOf(older), claimsOf(newer)];
    declaring.declare(urn("a"), [idOf("a")]);
    declaring.declare(urn("a"), [idOf("b")]);
    deleting.sync();
    expect([deleting.holders(idOf("a")), deleting.holders(idOf("b"))]).toEqual([[], ["a"]]);
  });

  test("also where it was killed since", async () => {
    const [deleting, declaring] = [claimsOf(older), claimsOf(newer)];
    declaring.declare(urn("a"), [idOf("a")]);
    await killed(newer);
    deleting.sync();
    expect(deleting.holders(idOf("a"))).toEqual(["a"]);
  });

  test("and a key that both declare is known to both", () => {
    const [one, other] = [claimsOf(older), claimsOf(newer)];
    one.declareRange(urn("set"), range(["a", "b"]));
    other.declareRange(urn("set-2"), range(["b", "c"]));
    one.sync();
    expect(one.conflicts(urn("set"), range(["a", "b"]))).toEqual(new Map([["set-2", ["b"]]]));
  });

  test("no name of a key is written down, and nobody else can read the files", () => {
    claimsOf(older).declareRange(urn("set"), range(["secret-name"]));
    const [name = ""] = files();
    expect(readFileSync(join(folder, name), "utf8")).not.toContain("secret-name");
  });

  test("200,000 keys", () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `assets/${i}`);
    const [deleting, declaring] = [claimsOf(older), claimsOf(newer)];
    declaring.declareRange(urn("set"), range(keys));
    expect(deleting.beginDeletion().take(keys.map(idOf)).size).toBe(200_000);
    expect(deleting.beginDeletion().take(keys.map((key) => idOf(`${key}/`))).size).toBe(0);
  });
});

describe("a delete that is on its way in one process", () => {
  test("is waited for by the write of another, which then knows that the key is gone", async () => {
    const [deleting, writing] = [claimsOf(older), claimsOf(newer)];
    const deletion = deleting.beginDeletion();
    expect(deletion.take([idOf("k")]).size).toBe(0);
    writing.declare(urn("k"), [idOf("k")]);
    let isFree = false;
    const waiting = writing.afterDeletion(idOf("k"), never).then(() => {
      isFree = true;
    });
    await systemClock.sleep(60);
    expect(isFree).toBe(false);
    deletion.done([idOf("k")]);
    await waiting;
    expect([writing.isDeleted(idOf("k")), writing.deletedIn(range(["k", "l"]))]).toEqual([true, ["k"]]);
    writing.recordWritten([idOf("k")]);
    deleting.sync();
    expect([deleting.isDeleted(idOf("k")), writing.isDeleted(idOf("k"))]).toEqual([false, false]);
  });

  test("and fails leaves nothing to make good", async () => {
    const [deleting, writing] = [claimsOf(older), claimsOf(newer)];
    const deletion = deleting.beginDeletion();
    deletion.take([idOf("k")]);
    deletion.end();
    await writing.afterDeletions(range(["k"]), never);
    expect(writing.isDeleted(idOf("k"))).toBe(false);
  });

  test("may have been carried out by a process that was killed", async () => {
    const [deleting, writing] = [claimsOf(older), claimsOf(newer)];
    deleting.beginDeletion().take([idOf("k")]);
    await killed(older);
    await writing.afterDeletion(idOf("k"), never);
    expect(writing.isDeleted(idOf("k"))).toBe(true);
  });

  test("and is left out tells the create that follows that the key is there", () => {
    const [deleting, writing] = [claimsOf(older), claimsOf(newer)];
    writing.declare(urn("k"), [idOf("k")]);
    const deletion = deleting.beginDeletion();
    deletion.take([idOf("k")]);
    deletion.end();
    writing.sync();
    expect([writing.isHandedOver(idOf("k")), writing.isDeleted(idOf("k"))]).toEqual([true, false]);
  });
});

describe("a set's own deletes wait", () => {
  const quiet = async (claims: Claims) => {
    const from = performance.now();
    await claims.afterChecks(systemClock, never);
    return performance.now() - from;
  };

  test("while another process checks, and for a moment after it", async () => {
    const [deleting, checking] = [claimsOf(older), claimsOf(newer)];
    const check = Promise.withResolvers<void>();
    const checked = checking.whileChecking(urn("k"), systemClock, () => check.promise);
    setTimeout(check.resolve, 200);
    expect(await quiet(deleting)).toBeGreaterThan(400);
    await checked;
    expect(await quiet(deleting)).toBeLessThan(100);
  });

  test("but not where nothing was checked at all", async () => {
    expect(await quiet(claimsOf(older))).toBeLessThan(100);
  });

  test("but not for a check whose process was killed, and whose id another one has", async () => {
    const [deleting, checking] = [claimsOf(older), claimsOf(newer)];
    void checking.whileChecking(urn("a"), systemClock, () => new Promise(() => {}));
    const [name = ""] = files();
    const anHourAgo = (Date.now() - 3_600_000).toString(36);
    renameSync(join(folder, name), join(folder, name.replace(/\w+\.\d+$/, `${anHourAgo}.0`)));
    await deleting.whileChecking(urn("b"), systemClock, async () => {});
    await deleting.afterChecks(systemClock, never);
  });

  test("but not for a check whose process was killed", async () => {
    const [deleting, checking] = [claimsOf(older), claimsOf(newer)];
    void checking.whileChecking(urn("k"), systemClock, () => new Promise(() => {}));
    await killed(newer);
    await deleting.afterChecks(systemClock, never);
    expect(await quiet(deleting)).toBeLessThan(100);
  });
});

describe("the preview of an up tells what comes later in it", () => {
  test("once the program runs, and until it is checked", async () => {
    claimsOf(older, "127.0.0.1:1").declare(urn("k"), [idOf("k")]);
    const updating = claimsOf(newer);
    expect(updating.plannedHolder(idOf("k"))).toBeUndefined();
    updating.declare(urn("set"), []);
    await updating.whileChecking(urn("set"), systemClock, async () => {});
    expect(updating.plannedHolder(idOf("k"))).toBe("k");
    updating.declare(urn("k"), []);
    expect(updating.plannedHolder(idOf("k"))).toBeUndefined();
  });

  test("also where it may be any key of the namespace, for not all of its keys were known", async () => {
    claimsOf(older, "127.0.0.1:1").declare(urn("later"), [], undefined, namespace);
    const updating = claimsOf(newer);
    await updating.whileChecking(urn("set"), systemClock, async () => {});
    const foreign = `${"c".repeat(32)}/${"d".repeat(32)}/k`;
    expect([idOf("k"), foreign].map((id) => updating.possibleHolder(id))).toEqual(["later", undefined]);
    expect(updating.plannedHolder(idOf("k"))).toBeUndefined();
    updating.declare(urn("later"), [idOf("other")]);
    expect(updating.possibleHolder(idOf("k"))).toBeUndefined();
  });

  test("also where the update has the address that the preview had", async () => {
    const preview = shared(older.pid ?? 0);
    new Claims(preview).declare(urn("k"), [idOf("k")]);
    preview.end();
    const updating = claimsOf(newer);
    await updating.whileChecking(urn("set"), systemClock, async () => {});
    updating.sync();
    expect([updating.holders(idOf("k")), updating.plannedHolder(idOf("k"))]).toEqual([[], "k"]);
  });

  test("but not what an update has declared", async () => {
    const before = claimsOf(older, "127.0.0.1:1");
    before.declare(urn("k"), [idOf("k")]);
    before.tellUpdate();
    const updating = claimsOf(newer);
    await updating.whileChecking(urn("set"), systemClock, async () => {});
    expect(updating.plannedHolder(idOf("k"))).toBeUndefined();
  });
});

describe("the files", () => {
  test("of a newer version are understood as far as possible", () => {
    claimsOf(newer).declare(urn("a"), [idOf("a")]);
    const [name = ""] = files();
    appendFileSync(join(folder, name), '{"form":2}\n{"kind":"lease","urn":"x"}\n{"kind":"check","urn":7}\n');
    const text = readFileSync(join(folder, name), "utf8").replace('"kind":"declare"', '"until":9,"kind":"declare"');
    writeFileSync(join(folder, name), text);
    const claims = claimsOf(older);
    claims.sync();
    expect([claims.holders(idOf("a")), claims.takeProblem()]).toEqual([["a"], undefined]);
  });

  test("that are damaged are told once, and the process goes on with what it knows", () => {
    claimsOf(newer).declare(urn("a"), [idOf("a")]);
    const [name = ""] = files();
    appendFileSync(join(folder, name), "\u0000\u0000\n");
    const claims = claimsOf(older);
    claims.declare(urn("b"), [idOf("b")]);
    claims.sync();
    expect(claims.takeProblem()).toMatch(/cannot use the folder .*claims-.*`pulumi refresh` and then `pulumi up`/s);
    expect([claims.takeProblem(), claims.holders(idOf("b"))]).toEqual([undefined, ["b"]]);
  });

  test("of which the last line is being written are read up to it", () => {
    claimsOf(newer).declare(urn("a"), [idOf("a")]);
    const [name = ""] = files();
    appendFileSync(join(folder, name), '{"kind":"decl');
    const claims = claimsOf(older);
    claims.sync();
    appendFileSync(join(folder, name), `are","urn":"${urn("c")}","namespace":0,"ids":""}\n`);
    claims.sync();
    expect([claims.holders(idOf("a")), claims.takeProblem()]).toEqual([["a"], undefined]);
  });

  const obstacles: [string, () => void, RegExp][] = [
    ["cannot be made", () => writeFileSync(folder, ""), /not a folder|ENOTDIR|EEXIST/],
    ["are open to others", () => openFolder(0o755), /open to other users.*chmod 700/s],
    ["are another user's", () => chownSync(openFolder(0o700), 12345, 12345), /belongs to another user/],
  ];
  const isRoot = process.getuid?.() === 0;
  test.each(obstacles.filter(([name]) => isRoot || !name.includes("another")))(
    "that %s are told once, and the process goes on",
    (_, prepare, reason) => {
      prepare();
      const claims = claimsOf(older);
      claims.declare(urn("a"), [idOf("a")]);
      claims.sync();
      expect(claims.takeProblem()).toMatch(reason);
      claims.declare(urn("b"), [idOf("b")]);
      expect([claims.takeProblem(), claims.holders(idOf("b"))]).toEqual([undefined, ["b"]]);
    },
  );

  test("on a full disk are told once, and what others have told still counts", () => {
    claimsOf(newer).declare(urn("a"), [idOf("a")]);
    const full = new RunFiles(engine, { folder, pid: older.pid ?? 0 });
    full.append = () => {
      throw new Error("ENOSPC: no space left on device, write");
    };
    const claims = new Claims(new SharedClaims(engine, systemClock, full), startMs);
    claims.sync();
    claims.declare(urn("b"), [idOf("b")]);
    expect(claims.takeProblem()).toContain("no space left on device");
    expect([claims.holders(idOf("a")), claims.holders(idOf("b"))]).toEqual([["a"], ["b"]]);
  });

  test("of a command that has ended are removed by the next one", async () => {
    mkdirSync(folder, { mode: 0o700 });
    const ended = spawn("true");
    await once(ended, "exit");
    const names = [`1.${ended.pid}-1.1.${ended.pid}.mabc.1`, `1.${process.ppid}-.1.${ended.pid}.mabc.1`];
    for (const name of names) writeFileSync(join(folder, name), "");
    claimsOf(older).declare(urn("a"), []);
    expect(files()).toEqual(expect.arrayContaining([names[1]]));
    expect(files()).not.toContain(names[0]);
  });

  test("of another command that had the engine's address before do not count once it has ended", async () => {
    const before = claimsOf(newer);
    before.declare(urn("a"), [idOf("a")]);
    const [name = ""] = files();
    const foreign = name.replace(/\.\d+-\w*\./, ".1-1.");
    writeFileSync(join(folder, foreign), readFileSync(join(folder, name)));
    rmSync(join(folder, name));
    const claims = claimsOf(older);
    claims.sync();
    expect(claims.holders(idOf("a"))).toEqual(["a"]);
    await killed(newer);
    expect(claims.holders(idOf("a"))).toEqual([]);
  });
});

describe("what an earlier run has deleted", () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const later = "127.0.0.1:4712";

  /** A run that deletes, ends or is killed, and whose command has ended. */
  async function deletes(keys: readonly string[], act: (claims: Claims) => void = () => {}): Promise<void> {
    const claims = claimsOf(older);
    claims.beginDeletion().take(keys.map(idOf));
    act(claims);
    await killed(older);
    const [name = ""] = files();
    // The test's own process is the command: as if it had been another one, which is gone.
    renameSync(join(folder, name), join(folder, name.replace(/\.\d+-\w*\./, `.${older.pid}-0.`)));
  }

  test("is lost to a state that was written before it, and to no other", async () => {
    await deletes(["a", "b"]);
    const claims = claimsOf(newer, later);
    expect(claims.wasDeletedSince(idOf("a"), seconds() - 60)).toBe(true);
    expect(claims.wasDeletedSince(idOf("a"), undefined)).toBe(true);
    expect(claims.wasDeletedSince(idOf("a"), seconds() + 60)).toBe(false);
    expect(claims.wasDeletedSince(idOf("c"), undefined)).toBe(false);
    expect(claims.lostIn(range(["a", "b", "c"]), seconds() - 60)).toEqual(["a", "b"]);
    expect(claims.lostIn(range(["a", "b", "c"]), seconds() + 60)).toEqual([]);
  });

  test("is remembered once its file is swept away, and forgotten once it is written", async () => {
    await deletes(["a", "b"]);
    const first = claimsOf(newer, later);
    first.declare(urn("x"), [idOf("a")]);
    expect(files()).toHaveLength(2);
    expect(first.wasDeletedSince(idOf("a"), undefined)).toBe(true);
    first.recordWritten([idOf("a")]);
    expect([first.isDeleted(idOf("a")), first.wasDeletedSince(idOf("a"), undefined)]).toEqual([false, false]);
    const second = claimsOf(newer, "127.0.0.1:4713");
    expect(["a", "b"].map((key) => second.wasDeletedSince(idOf(key), undefined))).toEqual([false, true]);
  });

  test("is not what the run has left, or has not deleted after all", async () => {
    await deletes(["a"], (claims) => {
      claims.declare(urn("x"), [idOf("b")]);
      const deletion = claims.beginDeletion();
      deletion.take([idOf("b"), idOf("c")]);
      deletion.end();
    });
    const claims = claimsOf(newer, later);
    expect(["a", "b", "c"].map((key) => claims.wasDeletedSince(idOf(key), undefined))).toEqual([true, false, false]);
  });

  test("takes no more than two files, the newest last", async () => {
    await deletes(["a"]);
    writeFileSync(join(folder, "deleted"), `${"x".repeat(99)}\n`.repeat(11_000));
    claimsOf(newer, later).declare(urn("x"), [idOf("x")]);
    expect(files().filter((name) => name.startsWith("deleted"))).toEqual(["deleted", "deleted.before"]);
    expect(claimsOf(newer, "127.0.0.1:4713").wasDeletedSince(idOf("a"), undefined)).toBe(true);
  });
});

describe("a resource that could not be created", () => {
  const failing = () => Promise.reject(new Error("refused"));

  test("is known to other processes as such, until it is created", async () => {
    const [creating, deleting] = [claimsOf(newer), claimsOf(older)];
    creating.declare(urn("x"), [idOf("a")]);
    await expect(creating.whileCreating(urn("x"), failing)).rejects.toThrow("refused");
    deleting.sync();
    expect([creating, deleting].map((claims) => claims.failedHolder(idOf("a")))).toEqual(["x", "x"]);
    expect([deleting.failedHolder(idOf("b")), deleting.failedHolder(idOf("a"), urn("x"))]).toEqual([
      undefined,
      undefined,
    ]);
    await creating.whileCreating(urn("x"), async () => {});
    deleting.sync();
    expect([creating, deleting].map((claims) => claims.failedHolder(idOf("a")))).toEqual([undefined, undefined]);
  });
});
