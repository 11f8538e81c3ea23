import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../provider/emulator/emulator";
import type { ResourceState } from "../engine/engine";
import { type Properties, secret, type Value } from "../engine/property";
import * as stack from "../stack/stack";
import { Placeholders } from "./placeholders";
import { methods } from "./protocol";
import type { ForeignRequest, WrittenFile } from "./transcript";
import {
  type Call,
  type CallFailure,
  type Operation,
  packages,
  storeOf,
  type TranscriptEvent,
  type Unfinished,
  writeTranscript,
} from "./transcript";

/** What tells of the machine and the engine, and nothing of the provider; `variables` are `args` once more. */
const noise = ["rootDirectory", "programDirectory", "mapperTarget", "loaderTarget", "resolverTarget"].concat(
  "resourceStatusAddress",
  "resourceStatusToken",
  "variables",
);

/** Writes down what the real engine sends to the provider in a scenario, and what the scenario does in between. */
export class Recorder {
  readonly #events: TranscriptEvent[] = [];
  readonly #placeholders = new Placeholders();
  #killedAt: string | undefined;

  constructor(
    private readonly subject: string,
    private readonly scenario: string,
    private readonly door: stack.Door,
  ) {}

  /** The emulator, its faults written down from now on. */
  emulator(emulator: Emulator): Emulator {
    this.#placeholders.name(emulator.url, "<emulator>");
    const setFaults: Emulator["setFaults"] = (faults) => {
      this.#events.push({ faults });
      emulator.setFaults(faults);
    };
    return { ...emulator, setFaults };
  }

  /** The engine, its commands written down from now on; one resource at a time, so that their order is the same again. */
  engine(engine: stack.Engine, emulator: Emulator, { dir, env }: stack.EngineOptions): stack.Engine {
    const log = join(dir, "grpc.json");
    const written = stack.aroundEach(engine, (command, operate) => async (flags = []) => {
      rmSync(log, { force: true });
      const { PULUMI_KV_DOOR: _, ...visible } = env;
      env.PULUMI_DEBUG_GRPC = log;
      const result = await operate(["--parallel", "1", ...flags]);
      delete env.PULUMI_DEBUG_GRPC;
      const unfinished = result.ok ? new Map() : await unfinishedIn(engine);
      const calls = callsIn(log, packages[this.door], unfinished);
      this.#write({
        pulumi: [command, ...flags].join(" "),
        env: visible,
        calls: this.#killedAt ? killed(calls, this.#killedAt) : calls,
        said: result.said,
        store: storeOf(emulator),
      });
      return result;
    });
    const run: stack.Engine["run"] = async (...args) => {
      const printed = await engine.run(...args);
      this.#write({ pulumi: args.join(" "), env: {}, calls: [], said: [], store: storeOf(emulator) });
      return printed;
    };
    return { ...written, run };
  }

  foreign(foreign: ForeignRequest): void {
    this.#events.push(this.#placeholders.scrub({ foreign }));
  }

  file(file: WrittenFile): void {
    this.#events.push({ file });
  }

  /** The provider of the command that runs is killed after it has sent such a request. */
  kill(operation: string): void {
    this.#killedAt = operation;
  }

  save(): void {
    writeTranscript(this.subject, { scenario: this.scenario, door: this.door, events: this.#events });
  }

  #write(operation: Operation): void {
    this.#placeholders.learn(operation);
    this.#events.push(this.#placeholders.scrub(operation));
    this.#killedAt = undefined;
  }
}

/** A line of the engine's log: a call that begins, or one that ends. */
interface LogLine {
  readonly method: string;
  readonly request: Properties;
  readonly response?: Properties;
  readonly errors?: readonly string[];
  readonly metadata: { readonly name?: string };
  readonly progress: "request_started" | "response_completed";
}

function callsIn(log: string, packageName: string, unfinished: ReadonlyMap<Value | undefined, Unfinished>): Call[] {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  const ours = lines.map((line) => JSON.parse(line) as LogLine).filter(({ metadata }) => metadata.name === packageName);
  const ended = ours.filter(({ progress }) => progress === "response_completed");
  const calls = ours
    .filter(({ progress, method }) => progress === "request_started" && methods.has(nameOf(method)))
    .map(({ method, request }) => {
      const end = ended.findIndex((line) => line.method === method && isSame(line.request, request));
      const [{ response, errors } = {}] = ended.splice(end, 1);
      const error = errors?.[0] && failureOf(errors[0], unfinished.get(request.urn));
      const outcome = error ? { error } : { answer: response ?? {} };
      return { method: nameOf(method), request: withoutNoise(request), ...outcome };
    });
  // After a refresh the engine starts another one for the program, asks it of its configuration, and lets it go.
  const providers = calls.filter(({ method }) => method === "Configure").length;
  if (providers > 1) throw new Error("the calls of two providers in one command cannot be told apart");
  return calls;
}

/** What comes after the call that killed the provider says nothing of it. */
function killed(calls: readonly Call[], killedAt: string): Call[] {
  const last = calls.findIndex(({ error }) => error?.code === "UNAVAILABLE");
  return calls.slice(0, last + 1).map((call, index) => {
    if (index < last) return call;
    const { method, request } = call;
    return { method, request, killedAt };
  });
}

/** From Go's words for an error: `rpc error: code = NotFound desc = …`. */
function failureOf(text: string, unfinished: Unfinished | undefined): CallFailure {
  const [, name = "", message = text] = /^rpc error: code = (\w+) desc = (.*)$/s.exec(text) ?? [];
  const code = name === "Canceled" ? "CANCELLED" : name.replace(/\B[A-Z]/g, "_$&").toUpperCase();
  return { code, message, ...(code === "UNKNOWN" && unfinished ? { unfinished } : {}) };
}

/** The log leaves out what an error says of a resource that is made but not finished; the state has it. */
async function unfinishedIn(engine: stack.Engine): Promise<Map<Value | undefined, Unfinished>> {
  const exported = await engine.run("stack", "export", "--show-secrets");
  const { deployment } = JSON.parse(exported, (_, value) =>
    typeof value?.plaintext === "string" ? secret(JSON.parse(value.plaintext)) : value,
  );
  const resources: ResourceState[] = deployment.resources ?? [];
  return new Map(
    resources.flatMap(({ urn, id = "", outputs, initErrors }) =>
      initErrors ? [[urn, { id, properties: outputs, reasons: initErrors }]] : [],
    ),
  );
}

function nameOf(method: string): string {
  return method.slice(method.lastIndexOf("/") + 1);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withoutNoise(request: Properties): Properties {
  return Object.fromEntries(Object.entries(request).filter(([field]) => !noise.includes(field)));
}
