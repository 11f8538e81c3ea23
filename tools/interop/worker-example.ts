import { deepEqual, equal, match } from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkPackages } from "../stack/link-packages";
import { hasPulumi, real } from "../stack/real";
import type { Engine, Operation } from "../stack/stack";
import { standIn } from "../stack/stand-in";
import { EmulatorProcess } from "./emulator-process";
import type { Report } from "./report";
import { WranglerDev, wrangler } from "./wrangler-dev";

const root = join(__dirname, "..", "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";

/** The example of a Worker, as its README has it: the data from Pulumi, the Worker from `wrangler dev`. */
export async function witnessWorkerExample(folder: string, report: Report): Promise<void> {
  const project = join(folder, "worker");
  cpSync(join(root, "examples", "worker"), project, { recursive: true });
  linkPackages(project, ["@pulumi", "@types", "typescript"]);
  const emulator = await EmulatorProcess.start(project);
  const dev = await WranglerDev.start(folder, project);
  try {
    await play(await engineFor(project, emulator), dev, report);
    await report.step("examples/worker: the id of the stack is the id that wrangler deploys", () =>
      deploy(folder, project),
    );
  } finally {
    await dev.end();
    await emulator.kill();
  }
}

async function play(engine: Engine, dev: WranglerDev, report: Report): Promise<void> {
  const answer = (path: string) => fetch(new URL(path, dev.url), { redirect: "manual" });
  await report.step("examples/worker: a Worker has at once what pulumi up writes", async () => {
    succeed(await engine.up());
    equal(new URL((await answer("/sale")).headers.get("location") ?? "").pathname, "/summer");
    deepEqual(await (await answer("/flags")).json(), { checkout: true, currency: "EUR" });
    const page = await answer("/about");
    match(page.headers.get("content-type") ?? "", /^text\/html/);
    match(await page.text(), /does not exist/);
  });
  await report.step("examples/worker: and what the next one changes", async () => {
    await engine.setConfig("cloudflare-kv-worker:checkout", "false");
    succeed(await engine.up());
    deepEqual(await (await answer("/flags")).json(), { checkout: false, currency: "EUR" });
  });
  await report.step("examples/worker: and nothing after a destroy", async () => {
    succeed(await engine.destroy());
    deepEqual(await (await answer("/flags")).json(), null);
    equal((await answer("/about")).status, 404);
  });
}

/** Puts an id where `pulumi stack output namespaceId` has it put. */
async function deploy(folder: string, project: string): Promise<void> {
  const file = join(project, "wrangler.jsonc");
  const id = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
  writeFileSync(file, readFileSync(file, "utf8").replace(/"id": "[^"]*"/, `"id": "${id}"`));
  match(
    String(await wrangler(folder, project, "deploy", "--dry-run", "--outdir", "dist")),
    new RegExp(`env.SHOP .${id}`),
  );
}

function engineFor(dir: string, { baseUrl }: EmulatorProcess): Engine | Promise<Engine> {
  const options = {
    dir,
    project: "cloudflare-kv-worker",
    config: {
      "cloudflare-kv:accountId": accountId,
      "cloudflare-kv:apiToken": "any",
      "cloudflare-kv:baseUrl": baseUrl,
    },
    secretConfig: [],
    env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" },
  };
  return hasPulumi ? real(options) : standIn(options);
}

function succeed({ ok, text, printed }: Operation): void {
  if (!ok) throw new Error(`${text}\n${printed}`);
}
