import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { linkPackages } from "../../tools/stack/link-packages";
import { packageFolder, real } from "../../tools/stack/real";
import type { Engine, EngineOptions, Operation } from "../../tools/stack/stack";
import { standIn } from "../../tools/stack/stand-in";
import { accountId, token, withoutStacks } from "../../tools/stack/world";
import type { Program, ProgramStep } from "./program";
import { fill, meddle, storeOf } from "./store";

/** Puts into a program's folder what its language needs to find this package. */
export type Install = (dir: string) => void;

/**
 * Plays a program in a stack of its own. Beyond what its steps say there are two laws: what was brought up needs no
 * change, and a destroy leaves what was there before.
 */
export async function play(program: Program, engineName: "stand-in" | "real", install: Install): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-program-"));
  cpSync(program.folder, dir, { recursive: true });
  install(dir);
  const emulator = await startEmulator();
  try {
    const options = optionsOf(program, dir, emulator);
    const engine = withoutStacks(engineName === "real" ? await real(options) : standIn(options));
    await playIn(engine, emulator, dir, program);
  } finally {
    await emulator.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function playIn(engine: Engine, emulator: Emulator, dir: string, program: Program): Promise<void> {
  const { given = {}, left = given, steps } = program;
  await fill(emulator, given);
  for (const [index, step] of steps.entries()) {
    for (const [place, file] of Object.entries(step.files ?? {})) cpSync(join(dir, file), join(dir, place));
    for (const [place, value] of Object.entries(step.foreign ?? {})) await meddle(emulator, place, value);
    for (const [key, value] of Object.entries(step.config ?? {})) await engine.setConfig(key, value);
    const operation = await engine[step.do](step.flags ?? []);
    expectAsSaid(operation, step, `step ${index + 1}, ${step.do}`);
    if (step.store) expect(storeOf(emulator)).toEqual(step.store);
    if (step.outputs) expect(await engine.outputs()).toMatchObject(step.outputs);
  }
  if (!isSettled(steps)) expectSettled(await engine.preview());
  expectAsSaid(await engine.destroy(), { do: "destroy" }, "the destroy");
  expect(storeOf(emulator)).toEqual(left);
}

/** Where nothing came up, or the last step has found that there is nothing to do. */
function isSettled(steps: readonly ProgramStep[]): boolean {
  const last = steps.at(-1);
  return last?.fails !== undefined || last?.steps?.length === 0;
}

/** What is only read, is read each time. */
function expectSettled(preview: Operation): void {
  const steps = preview.steps.filter((step) => !step.startsWith("read "));
  expectAsSaid({ ...preview, steps }, { do: "preview", steps: [] }, "the preview of what is there");
}

function expectAsSaid({ ok, text, printed, steps }: Operation, expected: ProgramStep, what: string): void {
  if (ok !== (expected.fails === undefined)) throw new Error(`${what}: ok is ${ok}\n${text}\n${printed}`);
  const said = expected.fails ?? expected.says;
  if (said !== undefined && !`${text}\n${printed}`.includes(said)) {
    throw new Error(`${what} does not say: ${said}\n${text}\n${printed}`);
  }
  if (expected.steps) expect({ what, steps }).toEqual({ what, steps: expected.steps });
}

function optionsOf({ config = {}, env = {} }: Program, dir: string, emulator: Emulator): EngineOptions {
  const all = {
    "cloudflare-kv:accountId": accountId,
    "cloudflare-kv:apiToken": token,
    "cloudflare-kv:baseUrl": emulator.url,
    ...config,
  };
  return {
    dir,
    project: "project",
    config: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
    secretConfig: ["cloudflare-kv:apiToken"],
    // Types are checked for all programs at once.
    env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0", PULUMI_NODEJS_TRANSPILE_ONLY: "true", ...env },
  };
}

/** What a program in TypeScript needs beside itself. */
export function installForNode(dir: string): void {
  linkPackages(dir, ["@pulumi", "@types", "typescript"], packageFolder);
  if (!existsSync(join(dir, "Pulumi.yaml")))
    writeFileSync(join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
}
