import { isUtf8 } from "node:buffer";
import { type Asset, assetHash, sha256 } from "../../pulumi/asset";
import type { Changes } from "../../pulumi/changes";
import type { Comparison } from "../../pulumi/compare";
import type { Properties } from "../../pulumi/resource-provider";
import { hasUnknown, isAbsent } from "../../pulumi/validate";
import { readAsset } from "../asset-content";

/** The three forms of a value; exactly one is given. */
export const valueForms = ["value", "valueBase64", "source"] as const;

type ValueForm = (typeof valueForms)[number];

/** A value in its declared form. */
export interface ValueArgs {
  readonly value?: string | undefined;
  readonly valueBase64?: string | undefined;
  readonly source?: Asset | undefined;
}

/** SHA-256 of the declared bytes; undefined where they are unknown. */
export function valueHash({ value, valueBase64, source }: Properties): string | undefined {
  if ([value, valueBase64, source].some(hasUnknown)) return undefined;
  if (typeof value === "string") return sha256(value);
  if (typeof valueBase64 === "string") return sha256(Buffer.from(valueBase64, "base64"));
  return isAbsent(source) ? undefined : assetHash(source);
}

export async function valueBytes({ value, valueBase64, source }: ValueArgs): Promise<Buffer> {
  if (value !== undefined) return Buffer.from(value);
  if (valueBase64 !== undefined) return Buffer.from(valueBase64, "base64");
  return readAsset(source ?? {});
}

/** Compares each form: it changed, or the bytes are not those in the state. */
export function valueComparisons(olds: Properties, news: Properties): Record<ValueForm, Comparison> {
  const isStored = olds.valueSha256 !== undefined && valueHash(news) === olds.valueSha256;
  const compare = (form: ValueForm) => (changes: Changes) => {
    const [before, after] = [olds[form], news[form]];
    if (isAbsent(before) && isAbsent(after)) return;
    const isOtherForm = isAbsent(before) !== isAbsent(after);
    if (isOtherForm || !isStored)
      changes.add(form, before, after, { inputDiff: isOtherForm || differs(form, before, after) });
  };
  return { value: compare("value"), valueBase64: compare("valueBase64"), source: compare("source") };
}

/** A value that has to be written again, although it is as it was. */
export function addValue(changes: Changes, olds: Properties, news: Properties): void {
  const form = valueForms.find((name) => !isAbsent(news[name])) ?? "value";
  if (!changes.has(form)) changes.add(form, olds[form], news[form], { inputDiff: false });
}

/** The form in which a value is shown that was found in the store. */
export function liveValue(state: ValueArgs, value: Buffer): ValueArgs {
  const form = state.valueBase64 === undefined ? formOf(value) : { valueBase64: value.toString("base64") };
  return { value: undefined, valueBase64: undefined, ...form };
}

/** Text where the bytes are UTF-8, else base64. */
export function formOf(value: string | Buffer): { value?: string; valueBase64?: string } {
  if (typeof value === "string") return { value };
  return isUtf8(value) ? { value: value.toString("utf8") } : { valueBase64: value.toString("base64") };
}

function differs(form: ValueForm, before: unknown, after: unknown): boolean {
  return form === "source" ? assetHash(before as Asset) !== assetHash(after as Asset) : before !== after;
}
