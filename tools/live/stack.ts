import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { declaring } from "../stack/declare";
import { hasPulumi, real } from "../stack/real";
import type { Declaration, Engine, EngineOptions, Operation } from "../stack/stack";
import { standIn } from "../stack/stand-in";
import { programFolder } from "../stack/world";

export const engineName = hasPulumi ? "the Pulumi CLI" : "the stand-in engine, as pulumi is not on PATH";

export interface StackSettings {
  /** Where the API is reached. */
  readonly baseUrl: string;
  readonly accountId: string;
  readonly token: string;
  /** For the providers. */
  readonly env: Readonly<Record<string, string>>;
}

/** A stack of its own, through the plugin, with the engine that is at hand. */
export class Stack {
  private constructor(
    readonly dir: string,
    private readonly engine: Engine,
  ) {}

  static async create({ baseUrl, accountId, token, env }: StackSettings): Promise<Stack> {
    const options: EngineOptions = {
      dir: programFolder(),
      project: "project",
      config: {
        "cloudflare-kv:accountId": accountId,
        "cloudflare-kv:apiToken": token,
        "cloudflare-kv:baseUrl": baseUrl,
      },
      secretConfig: ["cloudflare-kv:apiToken"],
      env: { PULUMI_KV_DOOR: "plugin", ...env },
    };
    const engine = hasPulumi ? await real(options) : standIn(options, { declaring: () => declaring(options) });
    return new Stack(options.dir, engine);
  }

  /** The steps of an `up` of these resources. */
  async up(...declarations: Declaration[]): Promise<readonly string[]> {
    this.#declare(declarations);
    return stepsOf("up", await this.engine.up());
  }

  /** An `up` that may fail, and says whether it did not. */
  async tryUp(...declarations: Declaration[]): Promise<boolean> {
    this.#declare(declarations);
    return (await this.engine.up()).ok;
  }

  #declare(declarations: readonly Declaration[]): void {
    writeFileSync(join(this.dir, "resources.json"), JSON.stringify(declarations));
  }

  async preview(): Promise<readonly string[]> {
    return stepsOf("preview", await this.engine.preview());
  }

  async refresh(): Promise<readonly string[]> {
    return stepsOf("refresh", await this.engine.refresh());
  }

  async destroy(): Promise<readonly string[]> {
    return stepsOf("destroy", await this.engine.destroy());
  }

  output(name: string, property: string): unknown {
    const found = this.engine.resources().find(({ urn }) => urn.endsWith(`::${name}`));
    return found?.outputs[property];
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function stepsOf(command: string, { ok, steps, text }: Operation): readonly string[] {
  if (!ok) throw new Error(`${command} failed: ${text}`);
  return steps;
}
