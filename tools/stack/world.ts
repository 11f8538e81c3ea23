import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { ResourceState } from "../engine/engine";
import type { Recorder } from "../transcripts/recorder";
import type { ForeignRequest, WrittenFile } from "../transcripts/transcript";
import { declaring } from "./declare";
import { startPluginHere } from "./in-process-plugin";
import { linkPackages } from "./link-packages";
import { packageFolder, real } from "./real";
import {
  aroundEach,
  type Declaration,
  type Door,
  type Engine,
  type EngineOptions,
  type Operation,
  succeeded,
} from "./stack";
import { type InProcess, standIn } from "./stand-in";

const root = join(__dirname, "..", "..", "..");

export const accountId = "0123456789abcdef0123456789abcdef";
export const token = "a-token-that-must-not-be-seen";

/** One scenario's own emulator, program and stack. */
export class World {
  readonly door: Door;
  readonly emulator: Emulator;
  readonly engine: Engine;
  readonly dir: string;
  /** For the program and the providers. */
  readonly env: Record<string, string>;

  readonly #recorder: Recorder | undefined;

  private constructor(
    door: Door,
    emulator: Emulator,
    engine: Engine,
    { dir, env }: EngineOptions,
    recorder: Recorder | undefined,
  ) {
    this.door = door;
    this.emulator = emulator;
    this.engine = engine;
    this.dir = dir;
    this.env = env;
    this.#recorder = recorder;
  }

  static async create(
    door: Door,
    engineName: "stand-in" | "real",
    settings: WorldSettings = {},
    recorder?: Recorder,
  ): Promise<World> {
    const started = await startEmulator();
    const emulator = recorder?.emulator(started) ?? started;
    const options: EngineOptions = {
      dir: programFolder(),
      project: "project",
      config: configOf(emulator, settings),
      secretConfig: settings.secretConfig ?? ["cloudflare-kv:apiToken"],
      env: { PULUMI_KV_DOOR: door, CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0", ...settings.env },
    };
    const engine =
      engineName === "real" ? await real(options) : standIn(options, settings.isInProcess ? inProcess(options) : {});
    const observed = recorder?.engine(engine, emulator, options) ?? engine;
    return new World(door, emulator, withoutStacks(observed), options, recorder);
  }

  async close(): Promise<void> {
    await this.emulator.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  declare(...declarations: Declaration[]): void {
    writeFileSync(join(this.dir, "resources.json"), JSON.stringify(declarations));
  }

  /** Declares and brings it up; throws with what was printed when that fails. */
  async up(...declarations: Declaration[]): Promise<Operation> {
    if (declarations.length > 0) this.declare(...declarations);
    this.emulator.clearLog();
    return succeeded(await this.engine.up());
  }

  async refresh(): Promise<Operation> {
    this.emulator.clearLog();
    return succeeded(await this.engine.refresh());
  }

  async destroy(): Promise<Operation> {
    this.emulator.clearLog();
    return succeeded(await this.engine.destroy());
  }

  /** The law of every scenario: what was brought up needs no change. */
  async expectSettled(): Promise<void> {
    const { steps } = succeeded(await this.engine.preview());
    expect(steps).toEqual([]);
  }

  /** What was sent since the last operation began: `PUT a`, `bulk.put a b`, with reads left out. */
  writes(): string[] {
    const changing = this.emulator.log.filter(({ method, operation }) => method !== "GET" && operation !== "bulk.get");
    return changing.map(({ method, operation, key, keys, status }) => {
      const failed = status >= 400 ? ` ${status}` : "";
      return keys ? `${operation} ${keys.join(" ")}${failed}` : `${method} ${key ?? operation}${failed}`;
    });
  }

  requests(): number {
    return this.emulator.log.length;
  }

  namespaceId(title?: string): string {
    const found = this.emulator.namespaces().find((namespace) => title === undefined || namespace.title === title);
    if (!found) throw new Error(`there is no namespace ${title ?? ""}`);
    return found.id;
  }

  /** The stored text, or undefined when the key is not there. */
  text(key: string, namespaceId = this.namespaceId()): string | undefined {
    return this.emulator.entry(namespaceId, key)?.value.toString("utf8");
  }

  state(name: string): ResourceState {
    const found = this.engine.resources().find(({ urn }) => urn.endsWith(`::${name}`));
    if (!found) throw new Error(`the state has no ${name}`);
    return found;
  }

  /** Begins an `up` in which no write succeeds, and kills the provider without warning when it tries the first. */
  upKilledAtWrite(): Promise<Operation> {
    return this.#upKilledAt("values.put", 0);
  }

  /** The same in the middle of a set: so many bulk writes succeed before it. */
  upKilledInSeeding(succeeding: number): Promise<Operation> {
    return this.#upKilledAt("bulk.put", succeeding);
  }

  /** The same in the middle of its removals. */
  upKilledInDeleting(succeeding: number): Promise<Operation> {
    return this.#upKilledAt("bulk.delete", succeeding);
  }

  async #upKilledAt(fatal: string, succeeding: number): Promise<Operation> {
    this.emulator.clearLog();
    const match = { operation: fatal };
    this.emulator.setFaults([{ match, skip: succeeding, times: null, action: { status: 503 } }]);
    const operation = this.engine.up();
    while (this.emulator.log.filter((request) => request.operation === fatal).length <= succeeding) await delay(20);
    this.#recorder?.kill(fatal);
    for (const pid of this.#providerPids()) process.kill(pid, "SIGKILL");
    const result = await operation;
    this.emulator.setFaults([]);
    return result;
  }

  /** Begins an `up`, and presses Ctrl-C when the emulator has seen so many bulk writes. */
  async upInterruptedInSeeding(seen: number): Promise<Operation> {
    this.emulator.clearLog();
    const operation = this.engine.up();
    while (this.emulator.log.filter((request) => request.operation === "bulk.put").length < seen) await delay(20);
    for (const pid of this.#pids(/^pulumi\0up\0/)) process.kill(pid, "SIGINT");
    return operation;
  }

  /** Begins an `up` in which no write is answered, and kills the Pulumi CLI without warning when there is one. */
  async upWithKilledEngine(): Promise<void> {
    this.emulator.clearLog();
    this.emulator.setFaults([{ match: { method: "PUT" }, times: null, action: { status: 503 } }]);
    const operation = this.engine.up();
    while (!this.emulator.log.some(({ method }) => method === "PUT")) await delay(20);
    for (const pid of this.#pids(/^pulumi\0up\0/)) process.kill(pid, "SIGKILL");
    await operation;
  }

  /** Waits for the end of all of the provider's processes. */
  async providersEnd(patienceMs: number): Promise<boolean> {
    const until = Date.now() + patienceMs;
    while (this.#providerPids().length > 0 && Date.now() < until) await delay(50);
    return this.#providerPids().length === 0;
  }

  /** The provider's processes are those that run in the program's folder and are told so by their command line. */
  #providerPids(): number[] {
    return this.#pids(/dynamic-provider|pulumi-resource-cloudflare-kv/);
  }

  /** Processes in the program's folder with this command line, whose words end with a zero each. */
  #pids(command: RegExp): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => command.test(ofProcess(pid, "cmdline")) && ofProcess(pid, "cwd") === this.dir);
  }

  /** Puts a file into the program's folder. */
  write(path: string, text: string): void {
    this.#file({ path, text });
  }

  remove(path: string): void {
    this.#file({ path, text: null });
  }

  #file(file: WrittenFile): void {
    this.#recorder?.file(file);
    writeFile(this.dir, file);
  }

  /** Acts on the store as somebody else would. */
  async foreign(method: string, path: string, body?: string): Promise<void> {
    const request = { method, path, ...(body === undefined ? {} : { body }) };
    this.#recorder?.foreign(request);
    await sendForeign(this.emulator, request);
  }
}

export function writeFile(dir: string, { path, text }: WrittenFile): void {
  const file = join(dir, path);
  if (text === null) {
    rmSync(file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export async function sendForeign({ url }: Emulator, { method, path, body }: ForeignRequest): Promise<void> {
  const response = await fetch(`${url}/accounts/${accountId}/storage/kv/namespaces/${path}`, {
    method,
    headers: { authorization: "Bearer somebody-else" },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
}

/** Empty for a process that has ended meanwhile. */
function ofProcess(pid: number, what: "cmdline" | "cwd"): string {
  const path = `/proc/${pid}/${what}`;
  try {
    return what === "cwd" ? readlinkSync(path) : readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export interface WorldSettings {
  /** By default the token is secret, as it should be. */
  readonly secretConfig?: readonly string[];
  /** On top of account, token and base URL; an empty text removes. */
  readonly config?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** That the stand-in declares and serves the plugin in this process. Default false: then each has its own. */
  readonly isInProcess?: boolean;
}

function inProcess(options: EngineOptions): InProcess {
  return { declaring: () => declaring(options), startPlugin: startPluginHere };
}

function configOf(emulator: Emulator, settings: WorldSettings): Record<string, string> {
  const config = {
    "cloudflare-kv:accountId": accountId,
    "cloudflare-kv:apiToken": token,
    "cloudflare-kv:baseUrl": emulator.url,
    ...settings.config,
  };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));
}

/** No user is ever shown a stack trace: an operation that prints one fails. */
export function withoutStacks(engine: Engine): Engine {
  return aroundEach(engine, (_command, operate) => async (flags) => {
    const operation = await operate(flags);
    const frame = /^\s+at .+:\d+:\d+\)?$/m.exec(operation.printed + operation.text);
    if (frame) throw new Error(`a stack trace was printed: ${frame[0]}\n${operation.printed}`);
    return operation;
  });
}

/** A folder with the program of every scenario, in which both doors are installed. */
export function programFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-"));
  cpSync(join(root, "tools", "stack", "program"), dir, { recursive: true });
  writeFileSync(join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
  linkPackages(dir, ["@pulumi"], packageFolder);
  return dir;
}
