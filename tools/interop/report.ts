/** Prints each step as it ends, and counts. */
export class Report {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  async step(name: string, work: () => unknown): Promise<void> {
    try {
      await work();
      this.#passed += 1;
      console.log(`ok    ${name}`);
    } catch (error) {
      this.fail(name, error);
    }
  }

  fail(name: string, error: unknown): void {
    this.#failed += 1;
    console.log(`FAIL  ${name}\n${indented(error instanceof Error ? error.message : String(error))}`);
  }

  skip(name: string, reason: string): void {
    this.#skipped += 1;
    console.log(`skip  ${name}\n${indented(reason)}`);
  }

  /** The closing line; whether nothing failed. */
  close(): boolean {
    console.log(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`);
    return this.#failed === 0;
  }
}

function indented(text: string): string {
  return text.trim().replace(/^/gm, "      ");
}
