import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { listen } from "../secrets/listening";
import { secretsIn } from "../secrets/secret-scan";
import { describe as nameOf } from "./case";
import { type Result, runMatrix } from "./matrix";
import { secrets } from "./operation";
import { renderMatrix } from "./table";

let engine: FakeEngine;
let results: Result[];
let printed: ReturnType<typeof listen>;

beforeAll(async () => {
  printed = listen();
  engine = await startFakeEngine();
  try {
    results = await runMatrix(engine.address);
  } finally {
    jest.restoreAllMocks();
  }
}, 900_000);

afterAll(stopFakeEngines);

test("every fault ends as faults.md says; if it should end as it does, run npm run record:faults", () => {
  const documented = readFileSync(join(__dirname, "../../../tests/faults/faults.md"), "utf8");
  expect(renderMatrix(results)).toBe(documented);
});

test("both doors end with the same outcome and the same sentence", () => {
  const told = (list: readonly Result[]) => list.map((each) => [nameOf({ ...each, door: "plugin" }), each.outcome]);
  const plugin = results.filter(({ door, operation }) => door === "plugin" && operation.does !== "import");
  expect(told(results.filter(({ door }) => door === "dynamic"))).toEqual(told(plugin));
});

test("every failure says what was kept and what comes next", () => {
  const silent = results.filter(({ outcome }) => outcome.kind === "fails" && outcome.consequence === "");
  // The engine itself says that what is to be imported does not exist.
  expect(silent.filter(({ operation }) => operation.does !== "import").map(nameOf)).toEqual([]);
});

test("no secret is told to the engine, nor printed", () => {
  const message = engine.messages.map((logged) => logged.message);
  expect(message.length).toBeGreaterThan(0);
  expect(secretsIn(Object.values(secrets), { message, ...printed })).toEqual([]);
});
