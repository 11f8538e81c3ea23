import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ResourceState } from "../engine/engine";
import { diffsOf, type Engine, type EngineOptions, editFile, type Operation } from "./stack";

const root = join(__dirname, "..", "..", "..");

/** The package that is tried: this one, or an earlier version of it whose state is recorded. */
export const packageFolder = process.env.CLOUDFLARE_KV_PACKAGE ?? root;

export function isOnPath(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** True when the Pulumi CLI and what the scenarios need of it are on PATH. */
export const hasPulumi = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"].every(isOnPath);

/** The real engine: the Pulumi CLI with a backend of its own in the program's folder. */
export async function real(options: EngineOptions): Promise<Engine> {
  const { dir } = options;
  const backend = join(dir, "backend");
  mkdirSync(backend);
  const pulumi = (args: readonly string[]) => run(dir, { ...hermetic(dir, backend), ...options.env }, args);
  await mustSucceed(pulumi(["stack", "init", "dev"]));
  await mustSucceed(pulumi(["config", "set-all", ...configFlags(options)]));
  const events = join(dir, "events.log");
  const operate =
    (...command: string[]) =>
    async (flags: readonly string[] = []) => {
      rmSync(events, { force: true });
      const { code, output } = await pulumi([...command, "--event-log", events, ...flags]);
      return operationOf(code === 0, output, eventsOf(events));
    };
  const stateFile = join(backend, ".pulumi", "stacks", options.project, "dev.json");
  return {
    preview: operate("preview"),
    up: operate("up", "--yes", "--skip-preview"),
    upAfterPreview: operate("up", "--yes"),
    refresh: operate("refresh", "--yes", "--skip-preview"),
    destroy: operate("destroy", "--yes", "--skip-preview"),
    setConfig: async (key, value) => {
      await mustSucceed(
        pulumi(["config", "set", ...(options.secretConfig.includes(key) ? ["--secret"] : []), key, value]),
      );
    },
    run: async (...args) => mustSucceed(pulumi(args)),
    resources: () => resourcesOf(stateFile),
    outputs: async () => JSON.parse(await mustSucceed(pulumi(["stack", "output", "--json"]))),
    editState: (text, other) => editFile(stateFile, text, other),
    clearState: () => readFileSync(stateFile, "utf8"),
  };
}

function hermetic(dir: string, backend: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [packageFolder, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "passphrase",
    PULUMI_HOME: join(dir, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    // Where the flag --event-log is.
    PULUMI_DEBUG_COMMANDS: "true",
  };
}

function configFlags({ config, secretConfig }: EngineOptions): string[] {
  return Object.entries(config).flatMap(([key, value]) => [
    secretConfig.includes(key) ? "--secret" : "--plaintext",
    `${key}=${value}`,
  ]);
}

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

function run(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Finished> {
  const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], { cwd, env });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

async function mustSucceed(finished: Promise<Finished>): Promise<string> {
  const { code, output } = await finished;
  if (code !== 0) throw new Error(output);
  return output;
}

interface EngineEvent {
  readonly diagnosticEvent?: Diagnostic;
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
}

interface Diagnostic {
  readonly message: string;
  readonly severity: string;
  readonly urn?: string;
  readonly ephemeral?: boolean;
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly diffs?: string[] | null;
  readonly detailedDiff?: Record<string, unknown> | null;
}

function eventsOf(file: string): EngineEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as EngineEvent);
}

function operationOf(ok: boolean, printed: string, events: readonly EngineEvent[]): Operation {
  const began = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  // What a refresh found stands only in its end.
  const ended = events.flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? []);
  const refreshed = ended.filter(({ urn }) => began.some((step) => step.urn === urn && step.op === "refresh"));
  const diagnostics = events.flatMap(({ diagnosticEvent: event }) => event ?? []).filter(isShown);
  const steps = [...began.filter(({ op }) => op !== "refresh"), ...refreshed].filter(isOurs);
  return {
    ok,
    steps: steps
      .filter(({ op }) => op !== "same" && op !== "refresh")
      .map(({ op, urn }) => `${op} ${nameOf(urn)}`)
      .sort(),
    diffs: diffsOf(steps.map((step) => [nameOf(step.urn), step.diffs ?? Object.keys(step.detailedDiff ?? {})])),
    text: diagnostics.map(({ message }) => message).join("\n"),
    said: diagnostics.flatMap(({ urn = "", severity, message, ephemeral }) => {
      const isSaid = urn.includes("cloudflare-kv") && !ephemeral && severity !== "error";
      return isSaid ? `${severity} ${nameOf(urn)}: ${message.trimEnd()}` : [];
    }),
    printed,
  };
}

function isShown({ severity }: Diagnostic): boolean {
  return severity !== "debug";
}

function isOurs({ type }: StepMetadata): boolean {
  return type.includes("cloudflare-kv") && !type.startsWith("pulumi:providers:");
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

function resourcesOf(stateFile: string): ResourceState[] {
  const { checkpoint } = JSON.parse(readFileSync(stateFile, "utf8"));
  return checkpoint.latest?.resources ?? [];
}
