const quote = 0x22;
const backslash = 0x5c;

/** What may come next. */
type Expected = "value" | "first value" | "name" | "first name" | "colon" | "separator";

const words = ["true", "false", "null"];

/** Any beginning of a number; it is a whole one if its last character is a digit. */
const numberStart = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?/y;

export type ParsedJson = { readonly value: unknown } | { readonly errorAt: number };

/**
 * Where the text is no JSON, the offset of the first character that none can have there, or the length of the
 * text when only the rest is missing. What `JSON.parse` says about it quotes the text, and not always says where.
 */
export function parseJson(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { errorAt: new Scanner(text).errorAt() };
  }
}

class Scanner {
  readonly #text: string;
  readonly #closers: string[] = [];
  #at = 0;
  #expected: Expected = "value";

  constructor(text: string) {
    this.#text = text;
  }

  errorAt(): number {
    do this.#skipBlank();
    while (this.#at < this.#text.length && this.#step(this.#text.charAt(this.#at)));
    return this.#at;
  }

  /** Goes past what is as expected; otherwise stands still at the offending character and answers false. */
  #step(character: string): boolean {
    switch (this.#expected) {
      case "separator":
        return this.#close(character) || this.#comma(character);
      case "colon":
        return character === ":" && this.#go("value");
      case "first name":
        return this.#close(character) || this.#name(character);
      case "name":
        return this.#name(character);
      case "first value":
        return this.#close(character) || this.#value(character);
      case "value":
        return this.#value(character);
    }
  }

  #close(character: string): boolean {
    if (character !== this.#closers.at(-1)) return false;
    this.#closers.pop();
    return this.#go("separator");
  }

  /** Outside of everything nothing but blanks may follow. */
  #comma(character: string): boolean {
    if (character !== "," || this.#closers.length === 0) return false;
    return this.#go(this.#closers.at(-1) === "}" ? "name" : "value");
  }

  #go(next: Expected): boolean {
    this.#at++;
    this.#expected = next;
    return true;
  }

  #name(character: string): boolean {
    if (character !== '"' || !this.#string()) return false;
    this.#expected = "colon";
    return true;
  }

  #value(character: string): boolean {
    if (character === "{" || character === "[") {
      this.#closers.push(character === "{" ? "}" : "]");
      return this.#go(character === "{" ? "first name" : "first value");
    }
    this.#expected = "separator";
    if (character === '"') return this.#string();
    const word = words.find((candidate) => candidate.startsWith(character));
    return word ? this.#word(word) : this.#number();
  }

  #word(word: string): boolean {
    for (const letter of word) {
      if (this.#text.charAt(this.#at) !== letter) return false;
      this.#at++;
    }
    return true;
  }

  #number(): boolean {
    numberStart.lastIndex = this.#at;
    const [number = ""] = numberStart.exec(this.#text) ?? [];
    this.#at += number.length;
    return /\d$/.test(number);
  }

  #string(): boolean {
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code < 0x20) return false;
      if (code === quote) {
        this.#at++;
        return true;
      }
      if (code === backslash && !this.#escape()) return false;
    }
    return false;
  }

  /** From the backslash to the escape's last character. */
  #escape(): boolean {
    const letter = this.#text.charAt(++this.#at);
    if (letter !== "u") return letter !== "" && '"\\/bfnrt'.includes(letter);
    for (let digits = 0; digits < 4; digits++) {
      if (!/[0-9a-fA-F]/.test(this.#text.charAt(++this.#at))) return false;
    }
    return true;
  }

  #skipBlank(): void {
    while (this.#at < this.#text.length && " \t\n\r".includes(this.#text.charAt(this.#at))) this.#at++;
  }
}
