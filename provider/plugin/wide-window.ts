import type { Http2Server } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** Larger than a set's state, or any value, is as a message. */
const windowBytes = 64 * 1024 * 1024;

/**
 * Lets the engine send a large message without waiting for leave every 64 KiB, which is HTTP/2's default. grpc-js
 * offers that to clients alone, so this looks for the servers that it keeps; where it keeps none, all is as before.
 */
export function widenWindow(server: Server): void {
  const servers: unknown = Reflect.get(server, "http2Servers");
  if (!(servers instanceof Map)) return;
  for (const http2Server of servers.keys() as Iterable<Http2Server>) {
    http2Server.on("session", (session) => {
      session.settings({ initialWindowSize: windowBytes });
      session.setLocalWindowSize(windowBytes);
    });
  }
}
