import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Api } from "./api";

let api: Api;
let id: string;
beforeEach(async () => {
  api = await Api.start();
  const body = JSON.stringify({ title: "fast", mode: "instant" });
  const { result } = await api.succeed("POST", "", { body });
  expect(result).toMatchObject({ mode: "instant" });
  id = (result as { id: string }).id;
});
afterEach(() => api.close());

const bulk = (...pairs: object[]) => ({ body: JSON.stringify(pairs) });
const codeOf = async (...args: Parameters<Api["refusal"]>) => (await api.refusal(...args)).slice(0, 2);

test("a namespace of the mode instant keeps it through a rename", async () => {
  const { result } = await api.succeed("PUT", `/${id}`, { body: '{"title":"faster"}' });
  expect(result).toMatchObject({ title: "faster", mode: "instant" });
});

test.each([['{"title":"t","mode":"slow"}'], ['{"title":"t","mode":"instant","jurisdiction":"eu"}']])(
  "another mode, or one beside a jurisdiction, is refused: %s",
  async (body) => {
    expect(await codeOf("POST", "", { body })).toEqual([400, 10029]);
  },
);

test("its keys are short, and none has metadata", async () => {
  expect(await codeOf("PUT", `/${id}/values/${"k".repeat(301)}`, { body: "v" })).toEqual([414, expect.any(Number)]);
  expect(await codeOf("PUT", `/${id}/bulk`, bulk({ key: "k", value: "v", metadata: {} }))).toEqual([400, 10047]);
  await api.succeed("PUT", `/${id}/values/${"k".repeat(300)}`, { body: "v" });
  expect(api.emulator.keys(id)).toHaveLength(1);
});

test("it holds 10,000 pairs, and a megabyte", async () => {
  const pairs = Array.from({ length: 10_000 }, (_, at) => ({ key: String(at), value: "v" }));
  await api.succeed("PUT", `/${id}/bulk`, bulk(...pairs));
  await api.succeed("PUT", `/${id}/bulk`, bulk({ key: "0", value: "again" }));
  expect(await codeOf("PUT", `/${id}/values/more`, { body: "v" })).toEqual([413, 10024]);
  expect(await codeOf("PUT", `/${id}/values/0`, { body: "v".repeat(1_000_000) })).toEqual([413, 10024]);
});

test("it takes one write a second where such limits are on", async () => {
  api.emulator.setLimits({ sameKeyPerSecond: true });
  await api.succeed("PUT", `/${id}/values/a`, { body: "v" });
  expect((await codeOf("PUT", `/${id}/values/b`, { body: "v" }))[0]).toBe(429);
  expect((await codeOf("DELETE", `/${id}/values/a`))[0]).toBe(429);
});

test("a file of an emulator that knew no modes is opened", async () => {
  const folder = mkdtempSync(join(tmpdir(), "emulator-"));
  const file = join(folder, "kv.sqlite");
  try {
    const old = new DatabaseSync(file);
    old.exec(
      "CREATE TABLE namespaces (row_id INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, " +
        "title TEXT NOT NULL, jurisdiction TEXT, created_at INTEGER NOT NULL, UNIQUE (account, title)); " +
        `INSERT INTO namespaces VALUES (1, '${"a".repeat(32)}', '${"b".repeat(32)}', 'old', NULL, 0)`,
    );
    old.close();
    const reopened = await Api.start({ file });
    expect(reopened.emulator.namespaces()).toMatchObject([{ title: "old" }]);
    await reopened.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
