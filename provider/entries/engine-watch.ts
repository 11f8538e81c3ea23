import { type ClientHttp2Session, connect } from "node:http2";

/** Before an address is tried once more: an engine may close a connection that it thinks idle. */
const againMs = 50;

/**
 * Notices that an engine has gone without a word, because it was killed: the connection to it ends, and there can be
 * no other. That holds on every system, and whatever shells stand between the engine and this process.
 */
export class EngineWatch {
  readonly #onGone: () => void;
  #address = "";
  #connection: ClientHttp2Session | undefined;

  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  /** An address that cannot be reached to begin with is nobody's, and is not watched. */
  watch(address: string): void {
    if (address === this.#address) return;
    this.end();
    this.#address = address;
    this.#connect(address, () => {});
  }

  end(): void {
    this.#address = "";
    this.#connection?.destroy();
  }

  #connect(address: string, onUnreachable: () => void): void {
    const connection = connect(`http://${address}`);
    this.#connection = connection;
    let isReached = false;
    connection.once("connect", () => {
      isReached = true;
    });
    connection.on("error", () => {});
    connection.once("close", () => {
      if (address !== this.#address) return;
      if (isReached) setTimeout(() => this.#connect(address, this.#onGone), againMs).unref();
      else onUnreachable();
    });
    connection.unref();
  }
}
