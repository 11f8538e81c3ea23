/** Keeps the beginning of what a later chunk completes. */
export class ChunkRemainder {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True from where it grows too long, and is no longer kept, until it is taken. */
  get isTooLong(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Copies: the chunk's memory is used again. */
  keep(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.isTooLong) this.#parts = [];
    else if (bytes.length > 0) this.#parts.push(Buffer.from(bytes));
  }

  /** All that was kept, and what completes it. */
  take(end: Buffer): Buffer {
    const bytes = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#bytes = 0;
    return bytes;
  }
}
