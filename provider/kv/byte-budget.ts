/** Lets in so many bytes at once, in the order in which they came; more than that at once goes alone. */
export class ByteBudget {
  readonly #maxBytes: number;
  readonly #queue: { readonly bytes: number; readonly enter: () => void }[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whoever has entered must leave, with the same bytes. */
  enter(bytes: number): Promise<void> {
    return new Promise((enter) => {
      this.#queue.push({ bytes, enter });
      this.#admit();
    });
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#queue[0]; next && this.#fits(next.bytes); next = this.#queue[0]) {
      this.#queue.shift();
      this.#bytes += next.bytes;
      next.enter();
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }
}
