import { oneLine } from "./error";
import type { Credential } from "./request";

/** Prose shares shorter runs with anything. */
const runLength = 16;
const minDataLength = 6;
/** The API speaks of them, and every bulk body has them. */
const memberNames: ReadonlySet<string> = new Set(["base64", "expiration_ttl"]);

/**
 * What a server says, fit to be shown: one line, without the credential, and nothing where it repeats a value that it
 * was sent. Gateways are known to echo both.
 */
export function redacted(message: string, credential: Credential, secrets: readonly Buffer[] = []): string {
  const words = oneLine(withoutCredential(message, credential));
  return repeats(words, secrets) ? "the server's message repeats what was sent, so it is not shown" : words;
}

function withoutCredential(text: string, credential: Credential): string {
  const secret = "apiToken" in credential ? credential.apiToken : credential.apiKey;
  const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
  // At once: what stands in place of one form may contain another.
  const literals = forms.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return text.replaceAll(new RegExp(literals.join("|"), "g"), "[credential]");
}

function repeats(words: string, secrets: readonly Buffer[]): boolean {
  const parts = [...runsOf(words), ...dataOf(words)];
  const whole = Buffer.from(words);
  return secrets.some((secret) => secret.equals(whole) || parts.some((part) => secret.includes(part)));
}

/** Half of each overlaps the next: a repetition of half as much again cannot pass between two. */
function runsOf(words: string): string[] {
  const starts = Array.from(
    { length: Math.floor((2 * words.length) / runLength) },
    (_, index) => (index * runLength) / 2,
  );
  return starts.map((start) => words.slice(start, start + runLength)).filter(({ length }) => length === runLength);
}

/** Words that are not plain language. */
function dataOf(words: string): string[] {
  const all = words.split(/[\s"'`,;:(){}[\]<>=]+/);
  return all.filter(
    (word) => word.length >= minDataLength && !/^\p{L}\p{Ll}*[.!?]?$/u.test(word) && !memberNames.has(word),
  );
}
