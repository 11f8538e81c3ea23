import { accountId } from "./fixture";

export type Outcome = { readonly kind: "succeeds" | "succeeds with the next up" | "not applicable" } | Failure;

/** What is told, in its two parts. */
export interface Failure {
  readonly kind: "fails";
  readonly cause: string;
  /** What was kept, and what comes next. */
  readonly consequence: string;
}

const consequence = /(?:[.] |\n)((?:Nothing|It may or may not|The state|It stays|What succeeded) .*)$/;

/** Of what was told, in the order in which it was told. */
export function failureOf(messages: readonly string[]): Failure {
  const text = template(messages);
  const [said = "", told] = consequence.exec(text) ?? [];
  if (told === undefined) return { kind: "fails", cause: text, consequence: "" };
  return { kind: "fails", cause: text.slice(0, -said.length), consequence: told };
}

/** What is the same in every run, for every key, and whatever status it was. */
function template(messages: readonly string[]): string {
  const texts = messages.map((message) =>
    message
      .replaceAll(/\b(GET|PUT|POST|DELETE) \S+/g, "<request>")
      .replaceAll(accountId, "<account>")
      .replaceAll(/[0-9a-f]{32}/g, "<namespace>")
      .replaceAll(/http:\/\/127\.0\.0\.\d:\d+/g, "<baseUrl>")
      .replaceAll(/127\.0\.0\.\d:\d+/g, "<host>")
      .replaceAll(/"set\/\w+"/g, "<key>")
      .replaceAll(/status [345]\d\d/g, "status <status>")
      .replaceAll(/: [^:;]+(?:: '[^']+')? \(code \d+\)/g, ": <what the API says>")
      .replaceAll(/ \(tried \d+ times in \d+ s\)/g, "")
      .replaceAll(/^resource '\S+'/g, "resource <id>"),
  );
  // The last one of many keys says what comes of all.
  const lines = texts.flatMap((text) => text.split("\n"));
  return lines.filter((line, i) => !lines[i + 1]?.startsWith(line)).join("\n");
}
