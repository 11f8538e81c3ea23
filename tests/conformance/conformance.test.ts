import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseCase, readCaseFile } from "../../tools/conformance/case-file";
import { conform, type Verdict } from "../../tools/conformance/conform";

const root = join(__dirname, "../../..");
const main = join(__dirname, "../../tools/conformance/main.js");

beforeAll(() => process.chdir(root));

/** Runs the command as a user does. */
async function run(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, output };
}

test("this provider conforms", async () => {
  const { code, output } = await run(
    "./pulumi-resource-cloudflare-kv",
    "tools/conformance/cloudflare-kv.json",
    ...["--runs", "3", "--parallel", "8"],
  );
  expect(output).toMatch(/\nconforms\n$/);
  expect(output.match(/^holds: /gm)).toHaveLength(6 + 3 * 20 + 2);
  expect(code).toBe(0);
}, 600_000);

describe("with a provider that breaks an invariant", () => {
  let cloud: Server;

  beforeAll(async () => {
    cloud = createCloud();
    await once(cloud.listen(0, "127.0.0.1"), "listening");
    process.env.CLOUD = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    delete process.env.CLOUD;
    cloud.closeAllConnections();
    cloud.close();
  });

  async function verdicts(defect: string, only?: string): Promise<Verdict[]> {
    const file = readCaseFile(join(root, "tools/conformance/fixtures/case.json"));
    const broken = { ...file, env: { ...file.env, DEFECT: defect } };
    const found: Verdict[] = [];
    for await (const verdict of conform(process.execPath, broken, { runs: 10, seed: 7, only })) found.push(verdict);
    return found;
  }

  test("one without a defect conforms", async () => {
    expect((await verdicts("none")).filter(({ violation }) => violation)).toEqual([]);
  });

  test.each([
    ["Check refuses", "Check accepts valid inputs", "Check fails with value: too long"],
    [
      "Check is not idempotent",
      "Check of what Check has answered changes nothing",
      "the second answer differs in tags",
    ],
    ["Check tells secrets", "what is secret in the inputs is secret in Check's answer", "Check answers name in clear"],
    ["Check invents", "what is unknown in the inputs is unknown in Check's answer", "Check answers name as known"],
    ["Create answers no id", "Create answers an id and all inputs", "Create answers no id"],
    ["Create forgets", "Create answers an id and all inputs", "Create does not answer tags as in the inputs"],
    ["Create answers unknowns", "Create answers an id and all inputs", "Create answers size as not known"],
    ["Delete fails twice", "Delete of what is gone succeeds", "FAILED_PRECONDITION: there is no such thing"],
    ["Read finds what is gone", "Read of what is gone answers no id", /^Read with a state answers the id thing-/],
    ["Read answers an empty bag", "Read of what is gone answers no id", "Read with a state answers properties"],
    ["Read drifts", "Read after Create finds the resource", "Diff finds value"],
    ["Read answers no inputs", "Read by the id alone answers inputs", "Read answers no inputs"],
    ["Diff always finds something", "Diff of equal inputs finds nothing", "Diff finds value"],
    ["detailedDiff has less", "Diff says the same in changes", "diffs has name, and detailedDiff nothing"],
    ["diffs repeats", "Diff says the same in changes", "diffs names a property twice: name, name"],
    ["changes contradicts diffs", "Diff says the same in changes", "changes is 1, and diffs has 1"],
    [
      "detailedDiff does not replace",
      "Diff says the same in changes",
      "replaces has name, and the replacements of detailedDiff nothing",
    ],
    ["Diff is blind", "Diff finds each property that has changed", "tags changed, and diffs has name"],
    ["Diff never replaces", "Diff plans a replacement where the case says so", "name does not replace"],
    ["Diff replaces for everything", "Diff plans a replacement where the case says so", "tags replaces"],
    [
      "Diff trusts unknowns",
      "Diff takes what is not known for a change",
      "name is not known, and diffs does not have it",
    ],
    ["Update forgets", "Update answers all inputs", "Update does not answer tags as in the inputs"],
    ["Update moves", "Read after Update finds the resource", "Diff finds tags"],
    ["Create tells secrets", "is secret in what Create, Update and Read answer", "Create answers name in clear"],
    [
      "Create leaks",
      "is secret in what Create, Update and Read answer",
      "Create shows in echo what is secret in value",
    ],
    ["Update tells secrets", "is secret in what Create, Update and Read answer", "Update answers name in clear"],
    [
      "Read tells secrets",
      "is secret in what Create, Update and Read answer",
      "Read (properties) answers name in clear",
    ],
    ["preview of Create invents", "the preview of Create answers nothing", "the preview promised another size"],
    ["preview of Update invents", "the preview of Update answers nothing", "the preview promised another size"],
    ["preview of Create writes", "nothing but a real Create", "Check, or the preview of Create, has written"],
    ["preview of Update writes", "nothing but a real Create", "Check, Diff, or the preview of Update, has written"],
    ["Read writes", "nothing but a real Create", "Read has written"],
    ["version is no version", "GetPluginInfo answers a semantic version", 'the version is "newest"'],
    ["schema lacks a resource", "GetSchema answers a package", "the schema has no fixture:index:Thing"],
    ["schema refers to nothing", "GetSchema answers a package", "there is no type fixture:index:Tugs"],
    [
      "schema requires more",
      "GetSchema answers a package",
      "fixture:index:Thing requires title, which it does not have",
    ],
    ["CheckConfig is not idempotent", "CheckConfig accepts valid arguments", "the second answer differs"],
    ["DiffConfig is blind", "DiffConfig finds what has changed", "it misses that endpoint was added"],
    ["Construct breaks", "what is not offered", "an empty Construct is answered by INTERNAL"],
    ["Cancel ends all", "after a Cancel the provider answers on", /^UNAVAILABLE: /],
    ["Configure refuses", "Configure accepts valid arguments", "FAILED_PRECONDITION: no"],
    ["SIGINT is an error", "SIGINT ends the process", "it ended with 3"],
    ["stdout has more", "stdout has the port and nothing else", /^stdout has "\d+\\nready\\n"$/],
  ])("it is found: %s", async (defect, sentence, reason) => {
    const found = (await verdicts(defect, sentence)).find((verdict) => verdict.sentence.includes(sentence));
    if (typeof reason === "string") expect(found?.violation?.reason).toBe(reason);
    else expect(found?.violation?.reason).toMatch(reason);
  });

  test("the smallest input is told", async () => {
    const [verdict] = await verdicts("Check is not idempotent", "Check of what Check");
    expect(verdict?.violation?.counterexample).toEqual({ name: expect.any(String), value: "        " });
  });

  test("one that does not begin with its port is not tried", async () => {
    await expect(verdicts("stdout begins with more")).rejects.toThrow(
      /^the first line on stdout must be a port, and is "port \d+"$/,
    );
  });
});

test.each<[unknown, string]>([
  [[], "a case file must be an object"],
  [{ resource: [] }, "resource is not a member here; there are services, args, env, config, writes, setup, resources"],
  [{ args: "x" }, "args must be a list"],
  [{ env: { A: 1 } }, "env.A must be a string"],
  [{ resources: [{ type: "a:b:C", inputs: [] }] }, "resources[0].inputs must not be empty"],
  [{ setup: { a: { type: "a:b:C" } } }, "setup.a.inputs must be an object"],
])("the case file %j is refused: %s", (content, sentence) => {
  expect(() => parseCase(content)).toThrow(sentence);
});

test.each([[[]], [["x"]], [["x", "y", "z"]], [["x", "y", "--runs", "none"]], [["x", "y", "--parallel", "0"]]])(
  "the arguments %j are refused",
  async (args) => {
    expect(await run(...args)).toEqual({ code: 2, output: expect.stringMatching(/^usage: /) });
  },
);

/** Keeps what it is sent, and lists what it was asked. */
function createCloud(): Server {
  const things = new Map<string, string>();
  const log: { method: string }[] = [];
  return createServer(async (request, response) => {
    const { method = "", url = "" } = request;
    if (url === "/log") {
      response.end(JSON.stringify(log));
      return;
    }
    log.push({ method });
    const thing = things.get(url);
    if (method === "PUT") things.set(url, await textOf(request));
    if (method === "DELETE") things.delete(url);
    response.writeHead(method === "GET" && thing === undefined ? 404 : 200).end(method === "GET" ? thing : "");
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text;
}
