import { isSame } from "../../pulumi/changes";
import type { Properties } from "../../pulumi/resource-provider";
import { isAbsent } from "../../pulumi/validate";
import { formOf } from "../key-value/value";
import type { Findings, FoundKey } from "./drift";
import { storedEntry } from "./entries";
import type { SetState } from "./schema";
import { type RawEntry, toEntry } from "./source/declared-entry";

/** What is declared inline, as it is there: what is missing is left out. Of a source only the manifest tells. */
export function liveInputs(keyPrefix: string, state: SetState, found: Findings): Properties {
  const missing = new Set(found.missing);
  const isThere = (key: string) => !missing.has(keyPrefix + key);
  const result: Properties = {};
  if (!isAbsent(state.values)) {
    const left = Object.entries(state.values as Record<string, string>).filter(([key]) => isThere(key));
    result.values = Object.fromEntries(
      left.map(([key, value]) => [key, textOf(found.changed.get(keyPrefix + key)) ?? value]),
    );
  }
  if (!isAbsent(state.entries)) {
    const left = (state.entries as (RawEntry & { key: string })[]).filter(({ key }) => isThere(key));
    result.entries = left.map((entry) => liveEntry(entry, state, found.changed.get(keyPrefix + entry.key)));
  }
  return result;
}

/** Undefined where it is no text, which a map of texts cannot show. */
function textOf(found: FoundKey | undefined): string | undefined {
  return found?.value === undefined ? undefined : formOf(found.value).value;
}

/** What is as it was declared keeps its form. */
function liveEntry(raw: RawEntry, state: SetState, found: FoundKey | undefined): RawEntry {
  if (!found) return raw;
  const { value, base64, metadata, expiration, expirationTtl } = storedEntry(toEntry(raw, 0), state);
  const isSameValue =
    found.value === undefined || Buffer.from(value, base64 ? "base64" : "utf8").equals(Buffer.from(found.value));
  const isSameTime = expirationTtl === undefined ? found.expiration === expiration : found.expiration !== undefined;
  const different = [
    ...(isSameValue ? [] : ["value", "valueBase64", "base64"]),
    ...(isSame(found.metadata, metadata) ? [] : ["metadata"]),
    ...(isSameTime ? [] : ["expiration", "expirationTtl", "expiration_ttl"]),
  ];
  const live = { ...formOf(found.value ?? ""), metadata: found.metadata ?? undefined, expiration: found.expiration };
  return Object.fromEntries([
    ...Object.entries(raw).filter(([name]) => !different.includes(name)),
    ...Object.entries(live).filter(([name, part]) => different.includes(name) && part !== undefined),
  ]);
}
