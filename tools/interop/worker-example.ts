import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EmulatorProcess } from "../emulator-process";
import { copyExample, engineOfExample } from "../stack/example";
import { type Engine, succeeded } from "../stack/stack";
import type { Report } from "./report";
import { wrangler } from "./wrangler-command";
import { WranglerDev } from "./wrangler-dev";

/** The example of a Worker, as its README has it: the data from Pulumi, the Worker from `wrangler dev`. */
export async function witnessWorkerExample(folder: string, report: Report): Promise<void> {
  const project = copyExample("worker", folder);
  const emulator = await EmulatorProcess.ofWrangler(project);
  const dev = await WranglerDev.start(folder, project);
  try {
    await play(await engineOfExample("worker", project, emulator.url), dev, report);
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
    succeeded(await engine.up());
    equal(new URL((await answer("/sale")).headers.get("location") ?? "").pathname, "/summer");
    deepEqual(await (await answer("/flags")).json(), { checkout: true, currency: "EUR" });
    const page = await answer("/about");
    match(page.headers.get("content-type") ?? "", /^text\/html/);
    match(await page.text(), /does not exist/);
  });
  await report.step("examples/worker: and what the next one changes", async () => {
    await engine.setConfig("cloudflare-kv-worker:checkout", "false");
    succeeded(await engine.up());
    deepEqual(await (await answer("/flags")).json(), { checkout: false, currency: "EUR" });
  });
  await report.step("examples/worker: and nothing after a destroy", async () => {
    succeeded(await engine.destroy());
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
    String(await wrangler(folder, project, ["deploy", "--dry-run", "--outdir", "dist"])),
    new RegExp(`env.SHOP .${id}`),
  );
}
