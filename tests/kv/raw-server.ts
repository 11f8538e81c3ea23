import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const trickleMs = 5;

/** A server that says to each request of one packet whatever bytes it is told to, HTTP or not. */
export interface RawServer {
  readonly url: string;
  /** So many requests have begun. */
  readonly requests: number;
  /** What was handed to the network, for all of them. */
  readonly bytesSent: number;
  close(): Promise<void>;
}

export async function startRaw(
  answer: (socket: Socket) => void,
  create: (serve: (socket: Socket) => void) => Server = createServer,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = create((socket) => {
    sockets.add(socket);
    // Who has heard enough hangs up.
    socket.on("error", () => {});
    socket.on("data", () => {
      requests++;
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    get requests() {
      return requests;
    },
    get bytesSent() {
      return [...sockets].reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Writes one thing, and goes on with another. */
export function first(head: string, then: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.write(head);
    then(socket);
  };
}

/** Writes the same again and again, as fast as it is read, until the other side hangs up. */
export function pour(chunk: string): (socket: Socket) => void {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", more);
    more();
  };
}

/** Writes the same again and again, a piece every few milliseconds. */
export function trickle(chunk: string): (socket: Socket) => void {
  return (socket) => {
    const timer = setInterval(() => socket.write(chunk), trickleMs);
    socket.on("close", () => clearInterval(timer));
  };
}
