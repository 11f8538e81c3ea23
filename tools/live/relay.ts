import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf } from "./errors";
import type { Sender } from "./sender";

/** The credential of whoever is served here: the relay puts the real one in its place. */
export const relayToken = "a-token-of-the-relay";

/** What concerns one connection only, or is set anew. */
const ownHeaders = new Set(["host", "connection", "authorization", "content-length", "transfer-encoding", "expect"]);

/**
 * An address on this machine under which the target is reached through the sender: what other programs send is counted as
 * everything is, ends with an interrupt, and none of them is given the token.
 */
export class Relay {
  #isMute = false;

  private constructor(
    private readonly server: Server,
    private readonly sender: Sender,
  ) {
    server.on("request", (request, response) => void this.#forward(request, response));
  }

  static async start(sender: Sender): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Relay(server, sender);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Keys written so far. */
  get writes(): number {
    return this.sender.spent.writes;
  }

  /** Meanwhile all that is asked is carried out, and nothing is answered. */
  async unanswered<T>(work: () => Promise<T>): Promise<T> {
    this.#isMute = true;
    try {
      return await work();
    } finally {
      this.#isMute = false;
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers: all } = request;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
      const reply = await this.sender.send({ method, path, headers: kept(all), body });
      if (this.#isMute) return void response.destroy();
      response.writeHead(reply.status, { ...kept(reply.headers), "content-length": reply.body.length });
      response.end(reply.body);
    } catch (error) {
      refuse(response, messageOf(error));
    }
  }
}

/** With the code of a missing permission, which nobody tries again. */
function refuse(response: ServerResponse, reason: string): void {
  if (response.destroyed) return;
  response.writeHead(403, { "content-type": "application/json" });
  const errors = [{ code: 10037, message: `the request was not sent: ${reason}` }];
  response.end(JSON.stringify({ success: false, errors, messages: [], result: null }));
}

function kept(headers: IncomingMessage["headers"]): Record<string, string> {
  const given = Object.entries(headers).filter(([name]) => !ownHeaders.has(name));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
