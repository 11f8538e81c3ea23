import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { encode, plain } from "../engine/call";
import { type Process, startServer } from "../engine/process";
import type { Properties } from "../engine/property";

const root = join(__dirname, "..", "..", "..");
const urn = "urn:pulumi:dev::bench::cloudflare-kv:index:KeyValueSet::set";
const maxMessageBytes = 400 * 1024 * 1024;

/** The plugin in a process of its own, and the engine's end of the connection to it. */
export class ProviderProcess {
  readonly #process: Process;
  readonly #client: ResourceProviderClient;

  private constructor(process: Process, client: ResourceProviderClient) {
    this.#process = process;
    this.#client = client;
  }

  static async start(baseUrl: string): Promise<ProviderProcess> {
    const command = { file: join(root, "pulumi-resource-cloudflare-kv"), args: [], cwd: root, env: {} };
    const [server, address] = await startServer(command, (line) => console.error(line));
    const options = {
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
    };
    const provider = new ProviderProcess(
      server,
      new ResourceProviderClient(address, credentials.createInsecure(), options),
    );
    await call((done) => provider.#client.handshake(new proto.ProviderHandshakeRequest(), done));
    const args = { baseUrl, apiToken: "bench", accountId: "0123456789abcdef0123456789abcdef" };
    await call((done) =>
      provider.#client.configure(encode(new proto.ConfigureRequest(), { args, acceptSecrets: true }), done),
    );
    return provider;
  }

  async check(olds: Properties, news: Properties): Promise<Properties> {
    const request = encode(new proto.CheckRequest(), { urn, olds, news });
    const answer = await call<proto.CheckResponse>((done) => this.#client.check(request, done));
    const [failure] = answer.getFailuresList();
    if (failure) throw new Error(failure.getReason());
    return plain(answer.getInputs()) ?? {};
  }

  async diff(id: string, olds: Properties, news: Properties): Promise<proto.DiffResponse> {
    const request = encode(new proto.DiffRequest(), { urn, id, olds, news });
    return call<proto.DiffResponse>((done) => this.#client.diff(request, done));
  }

  async create(properties: Properties): Promise<{ id: string; outs: Properties }> {
    const request = encode(new proto.CreateRequest(), { urn, properties });
    const answer = await call<proto.CreateResponse>((done) => this.#client.create(request, done));
    return { id: answer.getId(), outs: plain(answer.getProperties()) ?? {} };
  }

  async read(id: string, properties: Properties): Promise<void> {
    const request = encode(new proto.ReadRequest(), { urn, id, properties });
    await call((done) => this.#client.read(request, done));
  }

  async update(id: string, olds: Properties, news: Properties): Promise<Properties> {
    const request = encode(new proto.UpdateRequest(), { urn, id, olds, news });
    const answer = await call<proto.UpdateResponse>((done) => this.#client.update(request, done));
    return plain(answer.getProperties()) ?? {};
  }

  /** The most memory that the process has had so far. */
  get peakMiB(): number {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#process.pid}/status`, "utf8"))?.[1];
    return Math.round(Number(kib) / 1024);
  }

  async end(): Promise<void> {
    this.#client.close();
    await this.#process.end();
  }
}

/** A file as the engine hands it to a provider. */
export function fileAsset(path: string): Properties {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path, hash };
}

/** What the call answers, and how long it took from sent to answered. */
export async function timed<T>(run: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const startedAt = performance.now();
  const result = await run();
  return [(performance.now() - startedAt) / 1000, result];
}

function call<Response>(send: (done: (error: Error | null, response: Response) => void) => void): Promise<Response> {
  return new Promise((resolve, reject) => send((error, response) => (error ? reject(error) : resolve(response))));
}
