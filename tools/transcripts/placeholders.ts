import { createHash } from "node:crypto";

/** What is new in every run, by the name of the property that tells it. */
const volatile: Readonly<Record<string, { readonly kind: string; readonly pattern: RegExp }>> = {
  namespaceId: { kind: "namespace", pattern: /^[0-9a-f]{32}$/ },
  engineAddress: { kind: "engine", pattern: /:\d+$/ },
  title: { kind: "title", pattern: /-[0-9a-f]{7}$/ },
  randomSeed: { kind: "seed", pattern: /./ },
  // A provider's; not the one that stands for what is unknown yet.
  id: { kind: "provider", pattern: /^(?!04da6b54)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
};
const recentSeconds = 3600;

/** The names in a transcript for what differs from run to run: `<namespace 1>` is the id of the first namespace. */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  name(actual: string, placeholder: string): void {
    this.#names.set(actual, placeholder);
  }

  /** Names what appears here for the first time; the same order gives the same names. */
  learn(value: unknown): void {
    JSON.stringify(value, (property, member: unknown) => {
      this.#learn(property, member);
      return member;
    });
  }

  /** A copy in which everything known has its name. */
  scrub<T>(value: T): T {
    let text = JSON.stringify(value);
    for (const [actual, placeholder] of this.#names) text = text.replaceAll(actual, placeholder);
    return JSON.parse(
      text
        .replace(/("writtenAt":)(\d+)/g, (whole, name, seconds) => (isRecent(seconds) ? `${name}"<now>"` : whole))
        .replace(/\(tried (\d+) times in \d+ s\)/g, "(tried $1 times in <some> s)"),
    ) as T;
  }

  /** The opposite: a copy with what the names stand for in this run. */
  fill<T>(value: T): T {
    let text = JSON.stringify(value);
    for (const [actual, placeholder] of this.#names) text = text.replaceAll(placeholder, actual);
    return JSON.parse(text.replaceAll('"<now>"', String(nowSeconds())).replace(/<seed \d+>/g, seedOf)) as T;
  }

  #learn(property: string, actual: unknown): void {
    const { kind, pattern } = volatile[property] ?? {};
    if (kind === undefined || typeof actual !== "string" || !pattern?.test(actual) || this.#names.has(actual)) return;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#names.set(actual, `<${kind} ${count}>`);
  }
}

function isRecent(seconds: string): boolean {
  return Math.abs(nowSeconds() - Number(seconds)) < recentSeconds;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** 32 bytes in base64, as the engine's are. */
function seedOf(placeholder: string): string {
  return createHash("sha256").update(placeholder).digest("base64");
}
