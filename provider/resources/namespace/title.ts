import { createHash, randomBytes } from "node:crypto";
import { limits } from "../../kv/limits";
import type { CheckFailure, Properties } from "../../pulumi/resource-provider";
import { nameOf } from "../../pulumi/urn";
import { isAbsent } from "../../pulumi/validate";
import type { CallContext } from "../../session/context";

/** Marks, in inputs and outputs, what the user has not given. Pulumi's own name for it. */
export const defaultsKey = "__defaults";

export function titleProblem(title: string): string | undefined {
  if (title.trim() === "") return "must not be empty; leave it out to have one made from the resource's name";
  if (!title.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot carry; remove it";
  const { length } = [...title];
  return length > limits.maxTitleLength
    ? `is ${length} characters long, at most ${limits.maxTitleLength} are allowed`
    : undefined;
}

export function isAutonamed(props: Properties): boolean {
  const defaults = props[defaultsKey];
  return Array.isArray(defaults) && defaults.includes("title");
}

/**
 * A name that was made once is kept, whatever a new one would be: a check that knows old inputs only makes another
 * where the dynamic provider has had create make the first.
 */
export function keepsTitle(olds: Properties, news: Properties): boolean {
  return (isAbsent(news.title) || isAutonamed(news)) && isAutonamed(olds) && typeof olds.title === "string";
}

/** The title to fill in; undefined leaves it to create, which is all that the dynamic provider can do. */
export function autoname(olds: Properties, context: CallContext): { title: unknown } | { failure: CheckFailure } {
  if (isAutonamed(olds)) return { title: olds.title };
  const { rule, randomSeed } = context.autonaming ?? { randomSeed: new Uint8Array() };
  if (rule?.mode === "disable") return failed("is required because pulumi:autonaming is disabled");
  if (rule) {
    const title = rule.mode === "propose" ? fitting(rule.name, randomSeed) : rule.name;
    const problem = titleProblem(title);
    return problem ? failed(`by pulumi:autonaming ${problem}`) : { title };
  }
  return { title: randomSeed.length === 0 ? undefined : titleFor(nameOf(context.urn), randomSeed) };
}

/** A title made at random, for who comes to create without one. */
export function randomTitle(urn: string): string {
  return titleFor(nameOf(urn) || "namespace", randomBytes(32));
}

/** What is random in a proposal may stand at its end: what is cut there is made good. */
function fitting(name: string, seed: Uint8Array): string {
  return [...name].length > limits.maxTitleLength ? titleFor(name, seed) : name;
}

/** The resource's name and seven random digits, as Pulumi's own providers do. */
function titleFor(name: string, seed: Uint8Array): string {
  const suffix = `-${createHash("sha256").update(seed).update(name).digest("hex").slice(0, 7)}`;
  return cut(name, limits.maxTitleLength - suffix.length) + suffix;
}

/** In characters as the API counts them, so that none is cut in two. */
function cut(text: string, maxLength: number): string {
  return [...text].slice(0, maxLength).join("").toWellFormed();
}

function failed(reason: string): { failure: CheckFailure } {
  return { failure: { property: "title", reason } };
}
