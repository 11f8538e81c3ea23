import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { encode, plain } from "../engine/call";
import { type Process, startServer } from "../engine/process";
import type { Properties } from "../engine/property";
import { connect, type ProviderClient } from "../provider-client";
import { archive } from "../wire";
import type { SeedFormat } from "./generate-entries";

const root = join(__dirname, "..", "..", "..");
const setUrn = urnOf("KeyValueSet", "set");
const maxMessageBytes = 400 * 1024 * 1024;

export interface Timed<Answer> {
  /** From sent to answered. */
  readonly seconds: number;
  readonly answer: Answer;
}

/** The plugin in a process of its own, and the engine's end of the connection to it. */
export class ProviderProcess {
  readonly #process: Process;
  readonly #client: ProviderClient;

  private constructor(process: Process, client: ProviderClient) {
    this.#process = process;
    this.#client = client;
  }

  static async start(baseUrl: string, env: Record<string, string> = {}): Promise<ProviderProcess> {
    const command = { file: join(root, "pulumi-resource-cloudflare-kv"), args: [], cwd: root, env };
    const [server, address] = await startServer(command, (line) => console.error(line));
    const options = {
      "grpc.max_send_message_length": maxMessageBytes,
      // The engine's own library widens its window by itself.
      "grpc-node.flow_control_window": 16 * 1024 * 1024,
    };
    const client = connect(address, options);
    await client.handshake(new proto.ProviderHandshakeRequest());
    // What is measured is not to wait for the API's limit, which the emulator does not keep here.
    const limits = { requestsPerFiveMinutes: 100_000 };
    const args = { baseUrl, apiToken: "bench", accountId: "0123456789abcdef0123456789abcdef", ...limits };
    await client.configure(encode(new proto.ConfigureRequest(), { args, acceptSecrets: true }));
    return new ProviderProcess(server, client);
  }

  /** Only what the provider does is timed: requests are serialised before, and answers read after. */
  async check(olds: Properties, news: Properties): Promise<Timed<Properties>> {
    const request = encode(new proto.CheckRequest(), { urn: setUrn, olds, news });
    const { seconds, answer } = await this.#call("Check", request, proto.CheckResponse);
    const [failure] = answer.getFailuresList();
    if (failure) throw new Error(failure.getReason());
    return { seconds, answer: plain(answer.getInputs()) ?? {} };
  }

  diff(id: string, olds: Properties, news: Properties): Promise<Timed<proto.DiffResponse>> {
    return this.#call("Diff", encode(new proto.DiffRequest(), { urn: setUrn, id, olds, news }), proto.DiffResponse);
  }

  async create(properties: Properties, urn = setUrn): Promise<Timed<{ id: string; outs: Properties }>> {
    const request = encode(new proto.CreateRequest(), { urn, properties });
    const { seconds, answer } = await this.#call("Create", request, proto.CreateResponse);
    return { seconds, answer: { id: answer.getId(), outs: plain(answer.getProperties()) ?? {} } };
  }

  read(id: string, properties: Properties, urn = setUrn): Promise<Timed<proto.ReadResponse>> {
    return this.#call("Read", encode(new proto.ReadRequest(), { urn, id, properties }), proto.ReadResponse);
  }

  async update(id: string, olds: Properties, news: Properties): Promise<Timed<Properties>> {
    const request = encode(new proto.UpdateRequest(), { urn: setUrn, id, olds, news });
    const { seconds, answer } = await this.#call("Update", request, proto.UpdateResponse);
    return { seconds, answer: plain(answer.getProperties()) ?? {} };
  }

  delete(id: string, properties: Properties, urn: string): Promise<Timed<unknown>> {
    return this.#call("Delete", encode(new proto.DeleteRequest(), { urn, id, properties }), Empty);
  }

  /** Ends the operation, as the engine does: the next one is another run. */
  async cancel(): Promise<void> {
    await this.#call("Cancel", new Empty(), Empty);
  }

  async #call<Answer>(
    method: string,
    request: { serializeBinary(): Uint8Array },
    response: { deserializeBinary(bytes: Uint8Array): Answer },
  ): Promise<Timed<Answer>> {
    const path = `/pulumirpc.ResourceProvider/${method}`;
    const bytes = request.serializeBinary();
    const [seconds, answer] = await timed(() => this.#client.sendBytes(path, bytes));
    return { seconds, answer: response.deserializeBinary(answer) };
  }

  /** The most memory that the process has had so far. */
  get peakMiB(): number {
    return peakMiB(this.#process.pid);
  }

  async end(): Promise<void> {
    this.#client.close();
    await this.#process.end();
  }
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:dev::bench::cloudflare-kv:index:${type}::${name}`;
}

/** The most memory that a process has had so far. */
export function peakMiB(pid: number): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kib) / 1024);
}

/** A file as the engine hands it to a provider. */
export function fileAsset(path: string): Properties {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path, hash };
}

/** A source of any format as the engine hands it to a provider: that of a directory has a hash of the engine's own. */
export function sourceAsset(path: string, format: SeedFormat): Properties {
  if (format !== "directory") return fileAsset(path);
  return archive({ path, hash: createHash("sha256").update(path).digest("hex") });
}

/** What the call answers, and how long it took from sent to answered. */
export async function timed<T>(run: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const startedAt = performance.now();
  const result = await run();
  return [(performance.now() - startedAt) / 1000, result];
}
