import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as engine from "../engine/engine";
import { readState } from "../engine/state";
import { nameOf } from "../engine/urn";
import { diffsOf, type Engine, type EngineOptions, editFile, type Operation } from "./stack";

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What is done in this process, in place of processes. */
export interface InProcess {
  /** What declares in place of the program, if anything; asked before each run of it. */
  readonly declaring?: () => engine.Declare | undefined;
  readonly startPlugin?: engine.StartProvider | undefined;
}

/** The stand-in engine, for machines without the Pulumi CLI. */
export function standIn(options: EngineOptions, { declaring, startPlugin }: InProcess = {}): Engine {
  const stateFile = join(options.dir, "state.json");
  const stack: engine.StackOptions = {
    programDir: options.dir,
    project: options.project,
    stateFile,
    config: options.config,
    secretConfig: options.secretConfig,
    env: options.env,
    startPlugin,
  };
  let outputs: Record<string, unknown> = {};
  const operate = (run: (stack: engine.StackOptions) => Promise<engine.OperationResult>) => async () => {
    const result = await run(stack);
    outputs = result.outputs;
    return operationOf(result);
  };
  const deploy = (run: typeof engine.up) => operate((stack) => run({ ...stack, declare: declaring?.() }));
  const [preview, up] = [deploy(engine.preview), deploy(engine.up)];
  return {
    preview,
    up,
    upAfterPreview: async () => {
      const planned = await preview();
      return planned.ok ? up() : planned;
    },
    refresh: operate(engine.refresh),
    destroy: operate(engine.destroy),
    setConfig: async (key, value) => {
      options.config[key] = value;
    },
    run: () => Promise.reject(new Error("the stand-in engine has no such command")),
    resources: () => readState(stateFile),
    outputs: async () => outputs,
    editState: (text, other) => editFile(stateFile, text, other),
    clearState: () => JSON.stringify(JSON.parse(readFileSync(stateFile, "utf8")), withoutSecrets),
  };
}

function operationOf(result: engine.OperationResult): Operation {
  const steps = result.steps.filter((step) => step.op !== "same" && step.type.includes("cloudflare-kv"));
  return {
    ok: result.ok,
    steps: steps
      .map((step) => `${step.result ?? step.op} ${step.name}`)
      .filter(isChange)
      .sort(),
    diffs: diffsOf(steps.map((step) => [step.name, Object.keys(step.detailedDiff ?? {})])),
    text: [
      ...result.logs.filter(({ severity }) => severity !== "debug").map(({ message }) => message),
      ...result.errors,
    ].join("\n"),
    said: result.logs
      .filter(({ severity, ephemeral }) => !ephemeral && (severity === "info" || severity === "warning"))
      .map(({ urn, severity, message }) => `${severity} ${nameOf(urn)}: ${message}`),
    printed: result.stdio,
  };
}

/** A refresh that found nothing new is no change. */
function isChange(step: string): boolean {
  return !step.startsWith("same ");
}

function withoutSecrets(_key: string, value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && Object.values(value).includes(secretSignature);
  return isSecret ? "[secret]" : value;
}
