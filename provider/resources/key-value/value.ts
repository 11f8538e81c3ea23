import { isUtf8 } from "node:buffer";
import { valueProblem } from "../../kv/entry";
import { type Asset, assetHash, sha256 } from "../../pulumi/asset";
import { type Changes, isSame } from "../../pulumi/changes";
import type { Comparison } from "../../pulumi/compare";
import type { Properties } from "../../pulumi/resource-provider";
import { SecretInputs } from "../../pulumi/secret-inputs";
import { hasUnknown, isAbsent } from "../../pulumi/validate";
import { readAsset } from "../asset-content";
import { canonicalJson, canonicalText, foundJson, jsonProblem } from "../json";

/** The forms of a value; exactly one is given. */
export const valueForms = ["value", "valueBase64", "valueJson", "source"] as const;

type ValueForm = (typeof valueForms)[number];

/** A value in its declared form. */
export interface ValueArgs {
  readonly value?: string | undefined;
  readonly valueBase64?: string | undefined;
  readonly valueJson?: unknown;
  readonly source?: Asset | undefined;
}

/** SHA-256 of the declared bytes; undefined where they are unknown. */
export function valueHash({ value, valueBase64, valueJson, source }: Properties): string | undefined {
  if ([value, valueBase64, valueJson, source].some(hasUnknown)) return undefined;
  if (typeof value === "string") return sha256(value);
  if (typeof valueBase64 === "string") return sha256(Buffer.from(valueBase64, "base64"));
  if (!isAbsent(valueJson)) return sha256(canonicalJson(valueJson));
  return isAbsent(source) ? undefined : assetHash(source);
}

/** Why this JSON cannot be a value. */
export function valueJsonProblem(value: unknown): string | undefined {
  return jsonProblem(value) ?? valueProblem(Buffer.byteLength(canonicalJson(value)));
}

export async function valueBytes({ value, valueBase64, valueJson, source }: ValueArgs): Promise<Buffer> {
  if (value !== undefined) return Buffer.from(value);
  if (valueBase64 !== undefined) return Buffer.from(valueBase64, "base64");
  // Pulumi keeps no order of members: this one is always the same.
  if (!isAbsent(valueJson)) return Buffer.from(canonicalJson(valueJson));
  return readAsset(source ?? {});
}

/** True where what was found is what is declared: of JSON, white space and the order of members mean nothing. */
export function isAsDeclared({ valueSha256, valueJson }: Properties, found: Buffer): boolean {
  if (sha256(found) === valueSha256) return true;
  return !isAbsent(valueJson) && canonicalText(found.toString()) === canonicalJson(valueJson);
}

/** Compares each form: it changed, or the bytes are not those in the state. */
export function valueComparisons(
  olds: Properties,
  news: Properties,
  secrets = SecretInputs.none,
): Record<ValueForm, Comparison> {
  const isStored = olds.valueSha256 !== undefined && valueHash(news) === olds.valueSha256;
  const compare = (form: ValueForm) => (changes: Changes) => {
    const [before, after] = [olds[form], news[form]];
    if (isAbsent(before) && isAbsent(after)) return;
    const isOtherForm = isAbsent(before) !== isAbsent(after);
    if (form === "valueJson" && !isOtherForm && !isStored && !isSame(before, after))
      changes.compareMembers(form, before, after, secrets.openLevels(form));
    else if (isOtherForm || !isStored)
      changes.add(form, before, after, { inputDiff: isOtherForm || differs(form, before, after) });
  };
  return {
    value: compare("value"),
    valueBase64: compare("valueBase64"),
    valueJson: compare("valueJson"),
    source: compare("source"),
  };
}

/** A value that has to be written again, although it is as it was. */
export function addValue(changes: Changes, olds: Properties, news: Properties): void {
  const form = valueForms.find((name) => !isAbsent(news[name])) ?? "value";
  if (!changes.has(form)) changes.add(form, olds[form], news[form], { inputDiff: false });
}

/** The form in which a value is shown that was found in the store: the declared one, where it can be. */
export function liveValue(state: ValueArgs, value: Buffer): ValueArgs {
  return { value: undefined, valueBase64: undefined, valueJson: undefined, ...liveForm(state, value) };
}

function liveForm({ valueBase64, valueJson }: ValueArgs, value: Buffer): ValueArgs {
  if (valueBase64 !== undefined) return { valueBase64: value.toString("base64") };
  const form = formOf(value);
  const json = isAbsent(valueJson) || form.value === undefined ? undefined : foundJson(form.value);
  return json === undefined ? form : { valueJson: json };
}

/** Text where the bytes are UTF-8, else base64. */
export function formOf(value: string | Buffer): { value?: string; valueBase64?: string } {
  if (typeof value === "string") return { value };
  return isUtf8(value) ? { value: value.toString("utf8") } : { valueBase64: value.toString("base64") };
}

function differs(form: ValueForm, before: unknown, after: unknown): boolean {
  return form === "source" ? assetHash(before as Asset) !== assetHash(after as Asset) : !isSame(before, after);
}
