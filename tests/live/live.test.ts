import type { Emulator } from "../../provider/emulator/emulator";
import { isMarked } from "../../tools/live/mark";
import { probes } from "../../tools/live/probes";
import type { Spawned } from "../processes/spawned";
import { plants, startPlanted, withoutInstant } from "./planted";
import { closeAll, finish, start, startStrict, strangers, titles } from "./runs";

afterEach(closeAll);

test("ten planted differences are found, and nothing else", async () => {
  expect(Object.keys(plants)).toHaveLength(10);
  const emulator = await startStrict();
  const planted = await startPlanted(emulator.url, Object.values(plants));
  try {
    const [code, { stdout }] = await finish(planted.url, ["--only", "assumptions"]);
    const named = [...stdout.matchAll(/^- (\S+): the emulator answers (.*), the API (.*); assumed: ".*\."/gm)];
    const expected = Object.values(plants).flatMap(({ finds }) => finds);
    expect(named.map(([, name]) => name).sort()).toEqual([...expected].sort());
    expect(stdout).toContain(
      "- titleTooLong: the emulator answers 400 (10019), the API 400 (10025); assumed: " +
        '"A title of 513 characters is refused as one that is missing." (',
    );
    expect([code, titles(emulator)]).toEqual([1, strangers]);
  } finally {
    planted.close();
  }
});

test("what is shown late is waited for, and what the account lacks is no difference", async () => {
  const emulator = await startStrict();
  emulator.setFaults([
    { match: { operation: "keys.list" }, times: null, action: { type: "stale", ms: 2500 } },
    { match: { operation: "values.get" }, times: null, action: { type: "stale", ms: 700 } },
    { match: { operation: "namespaces.get" }, times: null, action: { type: "namespaceNotFound", ms: 500 } },
    { match: { operation: "bulk.put" }, times: 1, action: { status: 503 } },
  ]);
  const planted = await startPlanted(emulator.url, [withoutInstant]);
  try {
    const [code, { stdout, stderr }] = await finish(planted.url, ["--only", "assumptions"]);
    expect(stdout).toContain(`\n${probes.length} assumptions: 0 differences, 4 could not be tried.\n`);
    expect(stdout).toMatch(
      /^\| instantFull +\| 413 \(10024\) +\| not tried: the account has no instant namespaces, 403 /m,
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("the API answers 503 (10001): asking again in 2 s\n")]);
  } finally {
    planted.close();
  }
});

/** Starts a run, and sends it a signal when the emulator has answered so much. */
async function interrupt(
  part: string,
  isMoment: (operations: readonly string[]) => boolean,
  signal: NodeJS.Signals,
): Promise<[Emulator, number | string, Spawned]> {
  const operations: string[] = [];
  const { promise: moment, resolve } = Promise.withResolvers<void>();
  const onAnswer = ({ operation }: { operation: string }) => {
    operations.push(operation);
    if (isMoment(operations)) resolve();
  };
  const emulator = await startStrict({ onAnswer });
  const run = start(emulator.url, ["--only", part]);
  await moment;
  run.process.kill(signal);
  return [emulator, await run.exit, run];
}

const manyRequests = ({ length }: readonly string[]) => length > 90;
const aWrite = (operations: readonly string[]) => operations.includes("values.put");

test.each([
  ["assumptions", manyRequests, "SIGINT"],
  ["scenarios", aWrite, "SIGTERM"],
] as const)("in the middle of %s an interrupt leaves no namespace", async (part, isMoment, signal) => {
  const [emulator, code, { stderr }] = await interrupt(part, isMoment, signal);
  expect([code, stderr]).toEqual([130, expect.stringContaining("Interrupted: removing the namespaces.")]);
  expect(titles(emulator)).toEqual(strangers);
  const last = emulator.log.at(-1);
  expect([last?.operation, last?.status]).toEqual(["namespaces.delete", 200]);
});

test("what a killed run has left is removed by --clean, and nothing of anybody else", async () => {
  const [emulator] = await interrupt("assumptions", manyRequests, "SIGKILL");
  const left = titles(emulator).filter((title) => !strangers.includes(title));
  expect(left.length).toBeGreaterThan(2);
  const [code, { stdout }] = await finish(emulator.url, ["--clean"]);
  expect([code, titles(emulator)]).toEqual([0, strangers]);
  for (const title of left) expect(stdout).toContain(`removed: ${title} (`);
  expect(stdout).toContain(`${left.length} namespaces of earlier runs removed, 0 left.`);
});

test("--list says what would be tried, and sends nothing", async () => {
  const emulator = await startStrict();
  const [code, { stdout }] = await finish(emulator.url, ["--list"]);
  expect([code, emulator.log]).toEqual([0, []]);
  for (const { name, assumption } of probes) expect(stdout).toContain(`- ${name}: ${assumption}\n`);
});

const closed = "http://127.0.0.1:1/client/v4";
const remedies: [what: string, env: NodeJS.ProcessEnv, args: string[], sentence: string | RegExp][] = [
  ["no account", { CLOUDFLARE_ACCOUNT_ID: "" }, [], /^Set CLOUDFLARE_ACCOUNT_ID to .*"Workers KV Storage Write"\.\n$/],
  ["no token", { CLOUDFLARE_API_TOKEN: undefined }, [], /^Set CLOUDFLARE_ACCOUNT_ID to .*\n$/],
  ["a title for an account", { CLOUDFLARE_ACCOUNT_ID: "mine" }, [], /^CLOUDFLARE_ACCOUNT_ID must be 32 digits .*\n$/],
  [
    "an address in clear",
    { CLOUDFLARE_API_BASE_URL: "http://example.com" },
    [],
    /^CLOUDFLARE_API_BASE_URL must begin .*\n$/,
  ],
  [
    "no network",
    { CLOUDFLARE_API_BASE_URL: closed },
    [],
    `${closed} cannot be reached: connect ECONNREFUSED 127.0.0.1:1.\n`,
  ],
  ["no network, to clean", { CLOUDFLARE_API_BASE_URL: closed }, ["--clean"], /^http:\S+ cannot be reached: .*\n$/],
  [
    "another token",
    { CLOUDFLARE_API_TOKEN: "another" },
    [],
    /^The API refuses the token for account 0123…cdef: 401 .*\n$/,
  ],
  ["another option", {}, ["--cleam"], /^Unknown option '--cleam'\. npm run test:live -- --help .*\n$/],
  ["another part", {}, ["--only", "half"], '--only must be assumptions or scenarios, not "half".\n'],
];

test.each(remedies)("%s is answered with one sentence", async (_what, env, args, sentence) => {
  const emulator = await startStrict();
  const [code, { stderr }] = await finish(emulator.url, args, env);
  expect([code, stderr]).toEqual([2, typeof sentence === "string" ? sentence : expect.stringMatching(sentence)]);
  expect(titles(emulator)).toEqual(strangers);
});

test.each(strangers)("%s is nobody's mark", (title) => {
  expect(isMarked(title)).toBe(false);
});
