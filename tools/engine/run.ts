import type { Message } from "google-protobuf";
import type { Answer, RpcRecord } from "./call";
import type { Diff } from "./diff";
import type { EngineLog, OperationResult, StackOptions, Step } from "./operation";
import { type Properties, withoutSecrets } from "./property";
import type { ResourceState } from "./state";
import { nameOf, typeOf } from "./urn";

/** Rejects what is asked for after something has failed; what failed has been told already. */
export class Stopped extends Error {}

/** One operation on one stack, and all that is to be told of it. */
export class Run {
  engineAddress = "";
  readonly project: string;
  readonly stack: string;
  readonly result: OperationResult;
  readonly stopping: Promise<void>;
  private stop = (): void => {};

  constructor(
    readonly options: StackOptions,
    readonly preview: boolean,
  ) {
    this.project = options.project ?? "project";
    this.stack = options.stack ?? "dev";
    this.result = { ok: true, steps: [], changes: {}, errors: [], logs: [], outputs: {}, rpc: [], stdio: "" };
    this.stopping = new Promise((resolve) => {
      this.stop = resolve;
    });
  }

  get failed(): boolean {
    return !this.result.ok;
  }

  readonly print = (line: string): void => {
    this.result.stdio += `${line}\n`;
  };

  log(log: EngineLog): void {
    this.result.logs.push(log);
    if (log.severity === "error") this.result.errors.push(diagnostic(log.urn, log.message));
  }

  async calling(record: RpcRecord, pid: number): Promise<void> {
    this.result.rpc.push(record);
    await this.options.onCall?.(record, { pid, package: record.package });
  }

  answered(record: RpcRecord, answer: Message): void {
    this.options.onAnswer?.(record, answer);
  }

  begin(op: Step["op"], state: ResourceState, diff?: Diff): Step {
    const step = { op, urn: state.urn, name: nameOf(state.urn), type: state.type, ...shown(diff) };
    this.result.steps.push(step);
    return step;
  }

  /** The end of a refresh of one resource. */
  found(step: Step, result: "same" | "update" | "delete", diff?: Diff): void {
    Object.assign(step, { result, ...shown(diff) });
    this.count(result);
  }

  count(op: string): void {
    const { changes } = this.result;
    changes[op] = (changes[op] ?? 0) + 1;
  }

  /** Fails with what a check found; like the engine's, the message carries the value of the property it names. */
  reject(urn: string, inputs: Properties, failures: Answer["failures"]): never {
    const values = withoutSecrets(inputs);
    for (const { property, reason } of failures) {
      const subject = property === "" ? "" : `property ${property} value ${JSON.stringify(values[property])} `;
      this.result.errors.push(diagnostic(urn, `${subject}has a problem: ${reason}`));
    }
    throw new Stopped();
  }

  fail(urn: string, error: unknown): void {
    this.result.ok = false;
    this.stop();
    if (error instanceof Stopped) return;
    this.result.errors.push(diagnostic(urn, error instanceof Error ? error.message : String(error)));
  }
}

function diagnostic(urn: string, message: string): string {
  return urn === "" ? message : `${typeOf(urn)} (${nameOf(urn)}): ${message}`;
}

function shown(diff: Diff | undefined): Partial<Step> {
  if (!diff?.changes) return {};
  const { detailedDiff, diffs, replace, replaceReasons } = diff;
  return { detailedDiff, diffs, ...(replace && { replaceReasons }) };
}
