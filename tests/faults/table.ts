import type { Outcome } from "./failure-text";
import type { Result } from "./matrix";
import type { Operation } from "./operation";

const intro = `# What happens when something fails

Every operation of every resource meets every fault below, once (the API is well again with the next request) and for
ever (until the operation ends), through the dynamic provider and the plugin, which do and say the same. What comes of it is checked: after a
success the store holds what is declared; after a failure the next \`pulumi up\`, without the fault, brings it there;
then a preview is empty, and no secret was told. A message has a cause, [listed below](#causes), and says
[what was kept and what comes next](#consequences).

This page is written by running all of it: \`npm run record:faults\`. A fault that is missing concerns no request of that
operation; –: it was not met, or not tried. *As HTML*: with a page in place of the API's JSON. *Too late*: after the
request took effect.
`;

/** The matrix as a page for users: for each operation its faults, those that end alike together. */
export function renderMatrix(results: readonly Result[]): string {
  const texts = { causes: new Texts("cause"), consequences: new Texts("then") };
  const operations = [...new Set(results.map(({ operation }) => operation))];
  const sections = operations.map((operation) => section(operation, rowsOf(operation, results), texts));
  const lists = [
    "## Causes\n",
    "In angle brackets what differs. A request is a method and a path, such as `PUT /accounts/…/values/my-key`. After a\n" +
      "repeated one stands how often and how long, such as `(tried 6 times in 18 s)`.\n",
    texts.causes.list(),
    "## Consequences\n",
    texts.consequences.list(),
  ];
  return [intro, ...sections, ...lists].join("\n");
}

/** Each once, in the order in which they are first met. */
class Texts {
  readonly #texts: string[] = [];

  constructor(private readonly name: string) {}

  link(text: string): string {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    const number = this.#texts.indexOf(text) + 1;
    return `[${number}](#${this.name}-${number})`;
  }

  list(): string {
    const items = this.#texts.map((text, i) => `${i + 1}. <a id="${this.name}-${i + 1}"></a>${inMarkdown(text)}`);
    return `${items.join("\n")}\n`;
  }
}

interface Row {
  readonly once: Outcome;
  readonly forEver: Outcome | undefined;
  readonly faults: string[];
}

function rowsOf(operation: Operation, results: readonly Result[]): Row[] {
  const rows = new Map<string, Row>();
  const own = results.filter((result) => result.operation === operation && result.door === "plugin");
  for (const fault of new Set(own.map((result) => result.fault))) {
    const outcomeOf = (isForEver: boolean) =>
      own.find((result) => result.fault === fault && result.isForEver === isForEver)?.outcome;
    const [once = notApplicable, forEver] = [outcomeOf(false), outcomeOf(true)];
    if (once.kind === "not applicable" && (forEver ?? once).kind === "not applicable") continue;
    const row = rows.get(JSON.stringify([once, forEver])) ?? { once, forEver, faults: [] };
    rows.set(JSON.stringify([once, forEver]), row);
    row.faults.push(fault.name);
  }
  return [...rows.values()];
}

const notApplicable: Outcome = { kind: "not applicable" };

function section(
  { of, name }: Operation,
  rows: readonly Row[],
  { causes, consequences }: Readonly<Record<"causes" | "consequences", Texts>>,
): string {
  const shown = (outcome: Outcome | undefined) => {
    if (!outcome || outcome.kind === "not applicable") return "–";
    if (outcome.kind !== "fails") return outcome.kind;
    const cause = `fails, cause ${causes.link(outcome.cause)}`;
    return outcome.consequence ? `${cause}, then ${consequences.link(outcome.consequence)}` : cause;
  };
  const lines = rows.map(({ faults, once, forEver }) => `| ${together(faults)} | ${shown(once)} | ${shown(forEver)} |`);
  return [`## ${of}: ${name}\n`, "| fault | once | for ever |", "| --- | --- | --- |", ...lines, ""].join("\n");
}

/** Statuses of one kind as `502, 503 as HTML`. */
function together(faults: readonly string[]): string {
  const kindOf = (fault: string) => /^\d{3}(?<kind> .*)?$/.exec(fault)?.groups?.kind ?? "";
  const isLast = (fault: string, next: string | undefined) => next === undefined || kindOf(fault) !== kindOf(next);
  return faults
    .map((fault, i) => (isLast(fault, faults[i + 1]) ? fault : fault.slice(0, -kindOf(fault).length || undefined)))
    .join(", ");
}

/** Placeholders are no tags. */
function inMarkdown(message: string): string {
  return message.replaceAll("<", "&lt;").replaceAll("\n", "<br>");
}
