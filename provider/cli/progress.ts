import type { WriteStream } from "node:tty";
import { counted } from "../resources/key-value-set/format";

/** Milliseconds between two words: on a terminal the line is written over. */
const terminalMs = 200;
const lineMs = 5_000;

/** Tells on standard error how far an export has come, and what it waits for. */
export class Progress {
  readonly #out: NodeJS.WriteStream & Partial<Pick<WriteStream, "isTTY">>;
  readonly #startedAt = performance.now();
  #toldAt = performance.now();
  #keys = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** So many keys were written. */
  get keys(): number {
    return this.#keys;
  }

  add(keys: number): void {
    this.#keys += keys;
    const now = performance.now();
    if (now - this.#toldAt < (this.#out.isTTY ? terminalMs : lineMs)) return;
    this.#toldAt = now;
    this.#tell(this.#text(), false);
  }

  /** Something has to be waited for. */
  wait(text: string): void {
    this.#tell(text, true);
  }

  /** The last words, and whatever else there is to say; without them only the line is closed. */
  end(sentences?: readonly string[]): void {
    if (this.#out.isTTY) this.#out.write("\r\u001b[K");
    if (!sentences) return;
    this.#out.write(`${this.#text()}.\n`);
    for (const sentence of sentences) this.#out.write(`${sentence}\n`);
  }

  #text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return `exported ${counted(this.#keys, "key")} in ${seconds.toFixed(1)} s`;
  }

  #tell(text: string, isLine: boolean): void {
    if (!this.#out.isTTY) this.#out.write(`${text}\n`);
    else this.#out.write(`\r\u001b[K${text}${isLine ? "\n" : ""}`);
  }
}
