import type { RpcRecord } from "./call";
import type { Diff } from "./diff";
import type { EngineLog, OperationResult, StackOptions, Step } from "./engine";
import { displayed, type Properties, withoutSecrets } from "./property";
import type { Answer } from "./provider";
import type { ResourceState } from "./state";
import { nameOf, typeOf } from "./urn";

/** Rejects what the program still asks for after something has failed. */
export class Stopped extends Error {}

/** One operation on one stack, and all that is to be told of it. */
export class Run {
  failed = false;
  readonly stopping: Promise<void>;
  private stop = (): void => {};
  engineAddress = "";
  outputs: Properties = {};
  private readonly steps: Step[] = [];
  private readonly changes: Record<string, number> = {};
  private readonly errors: string[] = [];
  private readonly logs: EngineLog[] = [];
  private readonly rpc: RpcRecord[] = [];
  private readonly lines: string[] = [];

  constructor(
    readonly options: StackOptions,
    readonly preview: boolean,
  ) {
    this.stopping = new Promise((resolve) => {
      this.stop = resolve;
    });
  }

  get project(): string {
    return this.options.project ?? "project";
  }

  get stack(): string {
    return this.options.stack ?? "dev";
  }

  readonly print = (line: string): void => {
    this.lines.push(line);
  };

  async calling(record: RpcRecord, pid: number): Promise<void> {
    this.rpc.push(record);
    await this.options.onCall?.(record, { pid, package: record.package });
  }

  log(log: EngineLog): void {
    this.logs.push(log);
    if (log.severity === "error") this.errors.push(diagnostic(log.urn, log.message));
  }

  begin(op: Step["op"], state: ResourceState, diff?: Diff): Step {
    const step = { op, urn: state.urn, name: nameOf(state.urn), type: state.type, ...(diff && shown(diff)) };
    this.steps.push(step);
    return step;
  }

  /** The end of a refresh. */
  finish(step: Step, result: "same" | "update" | "delete", diff?: Diff): void {
    Object.assign(step, { result, ...(diff?.changes && shown(diff)) });
    this.count(result);
  }

  count(op: string): void {
    this.changes[op] = (this.changes[op] ?? 0) + 1;
  }

  /** What fails a check; like the engine's, the message carries the value of the property it names. */
  rejection(urn: string, inputs: Properties, failures: Answer["failures"]): Stopped {
    const values = withoutSecrets(inputs);
    for (const { property, reason } of failures) {
      const value = values[property];
      const subject = property === "" ? "" : `property ${property} value ${JSON.stringify(value)} `;
      this.errors.push(diagnostic(urn, `${subject}has a problem: ${reason}`));
    }
    return new Stopped();
  }

  fail(urn: string, error: unknown): void {
    this.failed = true;
    this.stop();
    if (error instanceof Stopped) return;
    this.errors.push(diagnostic(urn, error instanceof Error ? error.message : String(error)));
  }

  result(): OperationResult {
    return {
      ok: !this.failed,
      steps: this.steps,
      changes: this.changes,
      errors: this.errors,
      logs: this.logs,
      outputs: displayed(this.outputs),
      rpc: this.rpc,
      stdio: this.lines.map((line) => `${line}\n`).join(""),
    };
  }
}

function diagnostic(urn: string, message: string): string {
  return urn === "" ? message : `${typeOf(urn)} (${nameOf(urn)}): ${message}`;
}

function shown({ detailedDiff, diffs, replace, replaceReasons }: Diff): Partial<Step> {
  return { detailedDiff, diffs, ...(replace && { replaceReasons }) };
}
