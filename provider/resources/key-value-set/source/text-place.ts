/**
 * Lines and columns start at 1; columns count UTF-16 units, as editors do.
 * A position packs both into one number, since a reader of a million entries remembers as many of them.
 */
const maxLine = 2 ** 25;

/** The position of a line, or of a column in it. */
export function textPosition(line: number, column = 0): number {
  return line + column * maxLine;
}

/** `seed.ndjson:812`, or with a column `seed.json:812:36`. */
export function textPlace(name: string, position: number): string {
  const column = Math.floor(position / maxLine);
  return `${name}:${position % maxLine}${column > 0 ? `:${column}` : ""}`;
}

/** Follows a text through its lines. */
export class Cursor {
  #line = 1;
  #column = 1;

  get position(): number {
    return textPosition(this.#line, this.#column);
  }

  advance(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line++;
      this.#column = 1;
      start = end + 1;
    }
    this.#column += text.length - start;
  }
}
