import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takePluginOfNpm } from "../../tools/stack/installed-program";
import { account, authorization } from "../emulator/api";
import { freePort } from "../free-port";
import { testWith } from "../languages/host";
import { block, blocks, root } from "./pages";
import { Shell } from "./shell";

/** Blocks of commands that no test runs, each with where they are proven instead. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm ci          # brings": "every run of these tests begins with it",
  "pulumi package add cloudflare-kv@0.1.0 --server":
    "needs a release; tests/languages/installed.test.ts has one of its own",
  "npm install pulumi-cloudflare-kv\n": "needs a release; tests/package installs the packed package",
  "provider/schema.json\n": "tests/languages/package-add.test.ts adds the schema",
  "pulumi package publish": "needs Pulumi Cloud",
  "pulumi do --package": "tests/scenarios/do.test.ts does it",
  "npm run store": "needs wrangler; npm run interop plays the whole example",
  "pulumi up --stack local": "npm run interop plays the whole example",
  "pulumi stack init production": "needs an account of Cloudflare",
  "npm run test:live": "tests/live runs it against emulators",
  "npm run deploy": "needs an account of Cloudflare; npm run interop deploys it dry",
};
/** The blocks that are run here. */
const commands = {
  demo: block("README.md", "npm run demo"),
  withFile: block("docs/emulator.md", "--file kv.sqlite"),
  environment: block("docs/emulator.md", "export CLOUDFLARE_API_BASE_URL"),
  faults: block("docs/emulator.md", "__control/faults"),
  wranglerStore: block("docs/emulator.md", "emulator --wrangler"),
  seeded: block("docs/emulator.md", "--seed flags.csv"),
  fixtures: block("docs/recipes.md", "fixtures.json"),
  exported: block("docs/taking-over.md", "cloudflare-kv export"),
  configuration: block("README.md", "pulumi config set"),
  idForWrangler: block("docs/recipes.md", "sed -i"),
  importKey: block("docs/languages.md", "pulumi import cloudflare-kv:index:KeyValue "),
  importSet: block("docs/key-value-set.md", "pulumi import cloudflare-kv:index:KeyValueSet"),
};

let shell: Shell;
beforeEach(async () => {
  shell = await Shell.open();
});
afterEach(() => shell.close());

/** Starts what a block starts, with a free port in place of its own, as long as `work` takes. */
async function during(block: string, port: string, work: (url: string) => Promise<void>): Promise<void> {
  const free = String(await freePort());
  const running = shell.run(`${block.trimEnd().replace(/ &$/, "")} & echo $! >pid; wait || true`, { [port]: free });
  const url = `http://127.0.0.1:${free}`;
  try {
    await untilAnswers(`${url}/__control`);
    await work(url);
  } finally {
    process.kill(Number(readFileSync(join(shell.folder, "pid"), "utf8")));
    await running;
  }
}

async function untilAnswers(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function namesAt(url: string): Promise<string[]> {
  const all = (await (await fetch(`${url}/__control/namespaces`)).json()) as { title: string; keys: number }[];
  return all.map(({ title, keys }) => `${title}: ${keys}`);
}

test("README: the demo prints what the page shows", () => {
  const printed = execFileSync("npm", ["run", "--silent", "demo"], { cwd: root, encoding: "utf8" });
  expect(commands.demo).toBe("npm ci\nnpm run demo\n");
  expect(printed).toMatch(/\ndemo: ok\n$/);
  const shown = block("README.md", "demo: preview of a changed file").trimEnd().split("\n");
  const sameEverywhere = shown.filter((line) => /^demo: |^ {2}\| +[-~+] "/.test(line));
  const lines = printed.split("\n");
  const isReal = printed.includes("engine: the Pulumi CLI");
  for (const line of isReal ? shown : sameEverywhere)
    expect(lines.map((text) => text.replace(/^( {2}\|) +/, "$1 "))).toContain(line.replace(/^( {2}\|) +/, "$1 "));
}, 120_000);

test("emulator: with a file, found by the environment, and made to fail", async () => {
  await during(commands.withFile, "8787", async (url) => {
    const [, port = ""] = /:(\d+)$/.exec(url) ?? [];
    const environment = commands.environment;
    const put = `curl -sS -X PUT -H "authorization: Bearer $CLOUDFLARE_API_TOKEN" -d '{"title":"a"}' -X POST \
      "$CLOUDFLARE_API_BASE_URL/accounts/$CLOUDFLARE_ACCOUNT_ID/storage/kv/namespaces"`;
    expect(await shell.run(`${environment}${put}`, { 8787: port })).toContain('"success":true');
    const faults = await shell.run(commands.faults, { 8787: port });
    expect(faults).toContain('[{"match":{"operation":"values.put"},"times":2,"action":{"status":503}}]');
  });
  expect(readFileSync(join(shell.folder, "kv.sqlite")).length).toBeGreaterThan(0);
}, 60_000);

test("emulator: the store of wrangler dev", async () => {
  writeFileSync(join(shell.folder, "wrangler.jsonc"), '{"kv_namespaces": [{"binding": "FLAGS"}]}');
  await during(commands.wranglerStore, "8780", async (url) => {
    expect(await namesAt(url)).toEqual(["FLAGS: 0"]);
  });
}, 60_000);

test("emulator: data from the start", async () => {
  writeFileSync(join(shell.folder, "flags.csv"), "key,value\ncheckout,on\n");
  mkdirSync(join(shell.folder, "pages"));
  writeFileSync(join(shell.folder, "pages", "about.html"), "about");
  await during(commands.seeded, "8787", async (url) => {
    expect(await namesAt(url)).toEqual(["FLAGS: 1", "PAGES: 1"]);
  });
}, 60_000);

test("recipes: data for end-to-end tests", async () => {
  writeFileSync(join(shell.folder, "fixtures.json"), '{"checkout": "on"}');
  const all = commands.fixtures;
  expect(await shell.run(`${all}kill $!\nwait`, { 8787: String(await freePort()) })).toContain(
    '"FLAGS" has the 1 key of fixtures.json',
  );
}, 60_000);

test("taking over: an export", async () => {
  const url = `${shell.emulator.url}/accounts/${account}/storage/kv/namespaces`;
  const created = await fetch(url, { method: "POST", body: '{"title":"site"}', headers: authorization });
  const { result } = (await created.json()) as { result: { id: string } };
  await fetch(`${url}/${result.id}/values/a`, { method: "PUT", body: "1", headers: authorization });
  await shell.run(commands.exported);
  expect(readFileSync(join(shell.folder, "site.ndjson"), "utf8")).toBe('{"key":"a","value":"1"}\n');
}, 60_000);

const configured = { "<account id>": account, "<token>": "token" };

testWith("nodejs")(
  "README: a TypeScript program from its configuration to the end",
  async () => {
    writeFileSync(join(shell.folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    writeFileSync(join(shell.folder, "package.json"), '{"main": "index.ts"}');
    writeFileSync(join(shell.folder, "index.ts"), block("README.md", 'new kv.KeyValueSet("redirects"'));
    writeFileSync(join(shell.folder, "redirects.ndjson"), '{"key": "/old", "value": "/new"}\n');
    await shell.run("pulumi stack init dev");
    await shell.run(commands.configuration, configured);
    await shell.run("pulumi up --yes");
    const [namespace] = shell.emulator.namespaces();
    expect(shell.emulator.keys(namespace?.id ?? "")).toEqual(["banner", "redirect:/old"]);
    expect(await shell.run("pulumi preview")).toContain("4 unchanged");
    await shell.run("pulumi destroy --yes");
    expect(shell.emulator.namespaces()).toEqual([]);
  },
  120_000,
);

testWith("yaml")(
  "README and languages: a YAML program, imports, and the id for wrangler",
  async () => {
    const file = join(shell.folder, "Pulumi.yaml");
    const program = block("README.md", "resources:\n  shop: {");
    const outputs = `outputs: { namespaceId: "$\{shop.namespaceId}" }\n`;
    writeFileSync(file, program + outputs);
    takePluginOfNpm(file);
    await shell.run("pulumi stack init production");
    await shell.run("pulumi up --yes");
    const [{ id } = { id: "" }] = shell.emulator.namespaces();
    expect(shell.emulator.entry(id, "banner")?.value.toString()).toBe("Free shipping until Sunday");
    writeFileSync(
      join(shell.folder, "wrangler.jsonc"),
      '{"kv_namespaces": [{"binding": "FLAGS", "id": "x", "preview_id": "p"}]}',
    );
    await shell.run(commands.idForWrangler);
    expect(readFileSync(join(shell.folder, "wrangler.jsonc"), "utf8")).toContain(`"id": "${id}", "preview_id": "p"`);
    await shell.run("pulumi stack init other");
    const key = commands.importKey;
    await shell.run(`${key.trimEnd()} --yes --protect=false`, {
      "<accountId>/<namespaceId>/<key>": `${account}/${id}/banner`,
    });
    const set = commands.importSet;
    const imported = await shell.run(`${set.trimEnd()} --yes`, {
      "<accountId>/<namespaceId>/<keyPrefix>": `${account}/${id}/ban`,
    });
    expect(imported).toContain("1 imported");
  },
  120_000,
);

test("every block of commands is run here, or says where it is proven", () => {
  const run: string[] = Object.values(commands);
  const all = blocks().filter(({ language }) => language === "sh");
  const isElsewhere = (text: string) => Object.keys(elsewhere).some((part) => text.includes(part));
  expect(all.filter(({ text }) => !run.includes(text) && !isElsewhere(text))).toEqual([]);
  expect(Object.keys(elsewhere).filter((part) => !all.some(({ text }) => text.includes(part)))).toEqual([]);
});
