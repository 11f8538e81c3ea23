import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../free-port";

const host = "127.0.0.1";

/** A port before another one, at which for a while nobody listens. */
export class TcpProxy {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly port: number,
    private readonly holder: Socket,
    private readonly target: number,
  ) {}

  static async open(target: number): Promise<TcpProxy> {
    const port = await freePort();
    const proxy = new TcpProxy(port, await hold(port, target), target);
    await proxy.listen();
    return proxy;
  }

  async listen(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer((socket) => this.#join(socket)).listen(this.port, host);
    await once(this.#server, "listening");
  }

  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, "close");
    server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async close(): Promise<void> {
    await this.refuse();
    this.holder.destroy();
  }

  #join(socket: Socket): void {
    const other = connect(this.target, host);
    for (const one of [socket, other]) {
      this.#sockets.add(one);
      one.on("error", () => {}).on("close", () => this.#sockets.delete(one));
    }
    socket.pipe(other).pipe(socket);
  }
}

/** A connection from a port keeps the system from giving it to somebody else, and does not keep us from listening. */
async function hold(port: number, target: number): Promise<Socket> {
  const holder = connect({ host, port: target, localAddress: host, localPort: port });
  await once(holder, "connect");
  return holder.on("error", () => {});
}
