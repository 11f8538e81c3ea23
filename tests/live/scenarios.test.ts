import { leaksOf } from "../../tools/leaks";
import { probes } from "../../tools/live/probes";
import { scenarios } from "../../tools/live/scenarios";
import { account } from "../emulator/api";
import { closeAll, finish, startStrict, strangers, titles, token } from "./runs";

afterEach(closeAll);

test("on an emulator nothing differs, every scenario succeeds, and no namespace, value or token is left anywhere", async () => {
  const emulator = await startStrict();
  const [code, { stdout, stderr }] = await finish(emulator.url, []);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(`\n${probes.length} assumptions: 0 differences.\n`);
  for (const { name } of scenarios) expect(stdout).toMatch(new RegExp(`^ok {4}${name}: \\d+ steps$`, "m"));
  expect(titles(emulator)).toEqual(strangers);
  expect(stdout).toContain("to account 0123…cdef at ");
  expect(leaksOf([token, account, "the first value", "value of a", "of somebody else", "production"], stdout)).toEqual(
    [],
  );
  const [, requests, writes, deletes] =
    /^This sends about (\d+) requests, with (\d+) writes, (\d+) deletes/.exec(stdout) ?? [];
  const total = (kind: "writes" | "deletes") => emulator.log.reduce((sum, logged) => sum + logged[kind], 0);
  expect(emulator.log.length).toBeGreaterThan(200);
  expect(emulator.log.length).toBeLessThanOrEqual(Number(requests));
  expect(total("writes")).toBeLessThanOrEqual(Number(writes));
  expect(total("deletes")).toBeLessThanOrEqual(Number(deletes));
  const users = new Set(emulator.log.map(({ namespace }) => namespace));
  expect(emulator.namespaces().filter(({ id }) => users.has(id))).toEqual([]);
});
