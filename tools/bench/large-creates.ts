import { createServer, type Server } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ConfigureRequest } from "@pulumi/pulumi/proto/provider_pb";
import { struct } from "../engine/call";
import { startServer } from "../engine/process";
import { connect as connectProvider } from "../provider-client";
import { field, header } from "../wire";
import { peakMiB } from "./provider-process";

const root = join(__dirname, "..", "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";
const accepted = '{"success":true,"errors":[],"messages":[],"result":{}}';
/** As long as an upload of such a value takes. */
const latencyMs = 200;

export interface LargeCreates {
  readonly seconds: number;
  /** The most memory that the provider has had. */
  readonly peakMiB: number;
  /** The gRPC status of each. */
  readonly statuses: readonly number[];
}

/** Creates so many keys at once, each with a value of so many bytes, with the plugin in a process of its own. */
export async function createLargeValues(count: number, bytes: number): Promise<LargeCreates> {
  const sink = await startSink();
  const command = { file: join(root, "pulumi-resource-cloudflare-kv"), args: [], cwd: root, env: {} };
  const [plugin, address] = await startServer(command, (line) => console.error(line));
  const session = connect(`http://${address}`, {
    settings: { initialWindowSize: 1 << 24 },
    maxSessionMemory: 4096,
  });
  try {
    await configure(address, `http://127.0.0.1:${(sink.address() as AddressInfo).port}`);
    const startedAt = performance.now();
    const value = Buffer.alloc(bytes, "v");
    const calls = Array.from({ length: count }, (_, index) => create(session, `key-${index}`, value));
    const statuses = await Promise.all(calls);
    return { statuses, seconds: (performance.now() - startedAt) / 1000, peakMiB: peakMiB(plugin.pid) };
  } finally {
    session.destroy();
    await plugin.end();
    sink.closeAllConnections();
    sink.close();
  }
}

/** Takes everything and keeps nothing. */
async function startSink(): Promise<Server> {
  const sink = createServer((request, response) => {
    const answer = () => response.setHeader("content-type", "application/json").end(accepted);
    request.resume().once("end", () => setTimeout(answer, latencyMs));
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  return sink;
}

async function configure(address: string, baseUrl: string): Promise<void> {
  const client = connectProvider(address);
  await client.configure(new ConfigureRequest().setArgs(struct({ baseUrl, accountId, apiToken: "token" })));
  client.close();
}

/** Sends the value's bytes as they are: fifty copies of them would be the memory of this process. */
function create(session: ClientHttp2Session, key: string, value: Buffer): Promise<number> {
  const head = headOf(key, value.length);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(head.length + value.length, 1);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/pulumirpc.ResourceProvider/Create",
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  });
  stream.write(Buffer.concat([prefix, head]));
  stream.end(value);
  stream.resume();
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.once("trailers", (trailers) => resolve(Number(trailers["grpc-status"])));
  });
}

/** A CreateRequest without its last bytes, which are those of the value. */
function headOf(key: string, bytes: number): Buffer {
  const urn = field(1, Buffer.from(`urn:pulumi:dev::app::cloudflare-kv:index:KeyValue::${key}`));
  const entries = Object.entries({ accountId, namespaceId: accountId, key }).map(([name, text]) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, field(3, Buffer.from(text)))])),
  );
  const text = header(3, bytes);
  const valueField = Buffer.concat([header(2, text.length + bytes), text]);
  const name = field(1, Buffer.from("value"));
  const entry = Buffer.concat([header(1, name.length + valueField.length + bytes), name, valueField]);
  const known = Buffer.concat(entries);
  return Buffer.concat([urn, header(2, known.length + entry.length + bytes), known, entry]);
}
