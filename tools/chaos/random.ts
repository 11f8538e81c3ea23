/** Draws that follow from a seed alone: the same in every run, on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // Neighbouring seeds begin alike: the first draws part them.
    for (let i = 0; i < 8; i++) this.fraction();
  }

  /** From 0, below 1 (mulberry32). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of them; undefined of none. */
  of<T>(candidates: readonly T[]): T | undefined {
    return candidates[Math.floor(this.fraction() * candidates.length)];
  }

  oneOf<T>(candidates: readonly [T, ...T[]]): T {
    return this.of(candidates) ?? candidates[0];
  }

  shuffled<T>(items: readonly T[]): T[] {
    const placed = items.map((item) => ({ item, place: this.fraction() }));
    return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
  }
}
