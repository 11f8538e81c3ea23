import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { CallError, plain } from "../engine/call";
import type { StartedProvider } from "../engine/operation";
import type { Properties } from "../engine/property";
import { commandOf, startProvider } from "../engine/providers";
import { nameOf } from "../engine/urn";
import { connect, type ProviderClient } from "../provider-client";
import { startPluginHere } from "../stack/in-process-plugin";
import { programFolder, sendForeign, writeFile } from "../stack/world";
import { type FakeEngine, startFakeEngine } from "./fake-engine";
import { Placeholders } from "./placeholders";
import { methods } from "./protocol";
import {
  type Call,
  type CallFailure,
  type Operation,
  packages,
  storeOf,
  type Transcript,
  type TranscriptEvent,
} from "./transcript";

/** Sends what is recorded to the provider of today, and returns the transcript with today's answers, words and stores. */
export async function replay(transcript: Transcript): Promise<Transcript> {
  const emulator = await startEmulator();
  const programDir = programFolder();
  try {
    const replay = new Replay(transcript, programDir, emulator);
    const events: TranscriptEvent[] = [];
    for (const event of transcript.events) events.push(await replay.play(event));
    return { ...transcript, events };
  } finally {
    await emulator.close();
    rmSync(programDir, { recursive: true });
  }
}

class Replay {
  readonly #placeholders = new Placeholders();

  readonly #packageName: string;
  /** One that is killed needs a process to be killed in. */
  readonly #isHere: boolean;

  constructor(
    { door, events }: Transcript,
    private readonly programDir: string,
    private readonly emulator: Emulator,
  ) {
    const isKilled = events.some((event) => "calls" in event && event.calls.some(({ killedAt }) => killedAt));
    this.#packageName = packages[door];
    this.#isHere = door === "plugin" && !isKilled;
    this.#placeholders.name(emulator.url, "<emulator>");
  }

  async play(event: TranscriptEvent): Promise<TranscriptEvent> {
    if ("pulumi" in event) return this.#operate(event);
    if ("faults" in event) this.emulator.setFaults(event.faults);
    else if ("file" in event) writeFile(this.programDir, event.file);
    else await sendForeign(this.emulator, this.#placeholders.fill(event.foreign));
    return event;
  }

  async #operate(operation: Operation): Promise<Operation> {
    this.emulator.clearLog();
    const answers = operation.calls.length > 0 ? await this.#send(operation) : { calls: [], said: [] };
    return this.#placeholders.scrub({ ...operation, ...answers, store: storeOf(this.emulator) });
  }

  /** One after the other, to a process of its own. */
  async #send({ calls, env }: Operation): Promise<Pick<Operation, "calls" | "said">> {
    const engine = await startFakeEngine();
    this.#placeholders.learn({ engineAddress: engine.address });
    const provider = await this.#start(engine.address, { ...env, PULUMI_NODEJS_PROJECT: "project" });
    const client = connect(provider.address);
    const answered: Call[] = [];
    try {
      for (const call of calls) answered.push(await this.#call(client, provider.pid, call));
    } finally {
      client.close();
      await provider.end();
    }
    return { calls: answered, said: saidTo(engine) };
  }

  #start(engineAddress: string, env: Operation["env"]): Promise<StartedProvider> {
    const { programDir } = this;
    if (this.#isHere) return startPluginHere({ engineAddress, env, cwd: programDir });
    return startProvider(commandOf(this.#packageName, { programDir, env }, engineAddress), () => {});
  }

  async #call(client: ProviderClient, pid: number, { method, request, killedAt }: Call): Promise<Call> {
    const send = methods.get(method);
    if (!send) throw new Error(`the protocol has no ${method}`);
    const outcome = send(client, this.#placeholders.fill(request)).then(answerOf, failureOf);
    if (killedAt && (await this.#hasSent(killedAt, outcome))) {
      process.kill(pid, "SIGKILL");
      await outcome;
      return { method, request, killedAt };
    }
    const call = { method, request, ...(await outcome) };
    this.#placeholders.learn(call);
    return call;
  }

  /** False when the call has ended without such a request. */
  async #hasSent(operation: string, call: Promise<unknown>): Promise<boolean> {
    let hasEnded = false;
    call.then(() => {
      hasEnded = true;
    });
    const isSent = () => this.emulator.log.some((request) => request.operation === operation);
    while (!isSent() && !hasEnded) await delay(5);
    return isSent();
  }
}

type Outcome = Pick<Call, "answer" | "error">;

function answerOf(answer: Properties): Outcome {
  return { answer };
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof CallError)) throw error;
  const { code, message, unfinished } = error;
  const failure: CallFailure = { code: status[code] ?? String(code), message };
  if (!unfinished) return { error: failure };
  const properties = plain(unfinished.getProperties()) ?? {};
  return {
    error: { ...failure, unfinished: { id: unfinished.getId(), properties, reasons: unfinished.getReasonsList() } },
  };
}

function saidTo({ messages }: FakeEngine): string[] {
  const lasting = messages.filter(({ ephemeral, urn }) => !ephemeral && urn !== "");
  return lasting.map(({ severity, urn, message }) => `${words[severity]} ${nameOf(urn)}: ${message}`);
}

const words: Readonly<Record<LogSeverity, string>> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};
