import type { FoundValue } from "../../kv/stored-value";
import { isSame } from "../../pulumi/changes";
import type { Properties } from "../../pulumi/resource-provider";
import { isAbsent } from "../../pulumi/validate";
import { foundJson } from "../json";
import { formOf } from "../key-value/value";
import type { Findings, FoundKey } from "./drift";
import { manifestEntry, prefixOf, rulesOf, storedEntry } from "./entries";
import { hashAs } from "./manifest/manifest";
import type { SetState } from "./schema";
import { type DeclaredEntry, EntryCollector, type RawEntry } from "./source/declared-entry";

/** What is declared inline, as it is there: what is missing is left out. Of a source only the manifest tells. */
export function liveInputs(state: SetState, found: Findings): Properties {
  const missing = new Set(found.missing);
  const keyPrefix = prefixOf({ ...state });
  const isThere = (key: string) => !missing.has(keyPrefix + key);
  const result: Properties = {};
  if (!isAbsent(state.values)) {
    const left = Object.entries(state.values as Record<string, unknown>).filter(([key]) => isThere(key));
    result.values = Object.fromEntries(
      left.map(([key, value]) => [key, liveText(value, found.changed.get(keyPrefix + key)?.value)]),
    );
  }
  if (!isAbsent(state.entries)) {
    const left = (state.entries as (RawEntry & { key: string })[]).filter(({ key }) => isThere(key));
    result.entries = left.map((entry) => liveEntry(entry, state, found.changed.get(keyPrefix + entry.key)));
  }
  return result;
}

/** As it was where nothing else was found, or what is no text, which a map of texts cannot show. */
function liveText(declared: unknown, found: FoundValue["value"] | undefined): unknown {
  const text = found === undefined ? undefined : formOf(found).value;
  if (text === undefined) return declared;
  return typeof declared === "string" ? text : (foundJson(text) ?? text);
}

const valueForms = ["value", "valueBase64", "valueJson", "base64"];
const times = ["expiration", "expirationTtl", "expiration_ttl"];

/** What is as it was declared keeps its form. */
function liveEntry(raw: RawEntry, state: SetState, found: FoundKey | undefined): RawEntry {
  if (!found) return raw;
  const declared = declaredEntry(raw, state);
  const isSameTime =
    declared?.expirationTtl === undefined ? found.expiration === declared?.expiration : found.expiration !== undefined;
  const different = [
    ...(declared && isSameValue(declared, found) ? [] : valueForms),
    ...(isSame(found.metadata, declared?.metadata) ? [] : ["metadata"]),
    ...(isSameTime ? [] : times),
  ];
  const live = {
    ...liveForm(raw, found.value ?? ""),
    metadata: found.metadata ?? undefined,
    expiration: found.expiration,
  };
  return Object.fromEntries([
    ...Object.entries(raw).filter(([name]) => !different.includes(name)),
    ...Object.entries(live).filter(([name, part]) => different.includes(name) && part !== undefined),
  ]);
}

/** As it is stored; undefined where the rules have become stricter since. */
function declaredEntry(raw: RawEntry, state: SetState): DeclaredEntry | undefined {
  const inputs = { ...state };
  const reader = new EntryCollector((_, place, reason) => ({ place, reason }), rulesOf(inputs));
  const entry = reader.check(raw, 0);
  return entry && storedEntry(entry, inputs);
}

/** White space and the order of members mean nothing where JSON is declared. */
function isSameValue(declared: DeclaredEntry, { value }: FoundKey): boolean {
  if (value === undefined) return true;
  const { hash } = manifestEntry(declared);
  return hashAs(hash, value, declared.metadata) === hash;
}

/** JSON where that is declared, and what was found is such. */
function liveForm({ value, valueJson }: RawEntry, found: FoundValue["value"]): RawEntry {
  const form = formOf(found);
  const isJson = !isAbsent(valueJson) || (!isAbsent(value) && typeof value !== "string");
  const json = isJson && form.value !== undefined ? foundJson(form.value) : undefined;
  if (json === undefined) return form;
  return isAbsent(valueJson) ? { value: json } : { valueJson: json };
}
