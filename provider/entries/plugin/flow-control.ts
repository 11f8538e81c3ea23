import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { ByteBudget } from "../../kv/byte-budget";

/** What the engine may send of one message without leave. HTTP/2's default, 64 KiB, makes a large message slow. */
const streamWindowBytes = 1024 * 1024;
/** As large as HTTP/2 has it: messages that wait must not use up what the others need. */
const sessionWindowBytes = 2 ** 31 - 1;
/** Smaller messages never wait. */
const minLargeBytes = streamWindowBytes;
/** Large messages that are answered at once: each takes some six times its size while it is. */
const maxLargeBytes = 64 * 1024 * 1024;
/** In gRPC, a flag and the message's size. */
const prefixBytes = 5;

/**
 * Takes large messages fast, but so few of them at once that fifty values of 25 MiB fit in memory; the rest waits at
 * the engine. grpc-js offers neither, so this looks for the servers that it keeps; where it keeps none, all is as before.
 */
export function patchFlowControl(server: Server): void {
  const servers: unknown = Reflect.get(server, "http2Servers");
  if (!(servers instanceof Map)) return;
  const budget = new ByteBudget(maxLargeBytes);
  for (const http2Server of servers.keys() as Iterable<Http2Server>) {
    http2Server.on("session", (session: ServerHttp2Session) => {
      session.settings({ initialWindowSize: streamWindowBytes });
      session.setLocalWindowSize(sessionWindowBytes);
      session.on("stream", (stream) => admit(stream, budget));
    });
  }
}

/** Reads the size, and nothing more before there is room for so much. */
function admit(stream: ServerHttp2Stream, budget: ByteBudget): void {
  let prefix = Buffer.alloc(0);
  const onData = (data: Buffer) => {
    prefix = Buffer.concat([prefix, data.subarray(0, prefixBytes - prefix.length)]);
    if (prefix.length < prefixBytes) return;
    stream.off("data", onData);
    const bytes = prefix.readUInt32BE(1);
    if (bytes < minLargeBytes) return;
    stream.pause();
    budget.enter(bytes).then(() => {
      if (stream.destroyed) budget.leave(bytes);
      else stream.once("close", () => budget.leave(bytes)).resume();
    });
  };
  // Not `on`, which would start the stream before gRPC wants it to.
  stream.prependListener("data", onData);
}
