import { isUtf8 } from "node:buffer";
import type { StoredValue } from "../../kv/stored-value";
import { sha256 } from "../../pulumi/asset";
import { isSame } from "../../pulumi/changes";
import type { Properties } from "../../pulumi/resource-provider";
import { inputsIn, outputsIn } from "../../pulumi/schema";
import type { Path } from "../../pulumi/secret-inputs";
import { isAbsent, withoutAbsent } from "../../pulumi/validate";
import { binaryMark, keyValueSchema, type KeyValueState as State } from "./schema";
import { isAsDeclared, liveValue, valueForms } from "./value";

export function shows(state: Partial<State>, found: StoredValue | undefined): boolean {
  if (!found || !isAsDeclared(state, found.value) || !isSame(found.metadata, state.metadata)) return false;
  if (state.expirationTtl !== undefined) return found.expiration !== undefined;
  return found.expiration === state.expiration;
}

export function isBinary({ valueBase64, [binaryMark]: isMarked = false }: Partial<State>): boolean {
  return isMarked || (valueBase64 !== undefined && !isUtf8(Buffer.from(valueBase64, "base64")));
}

export function binaryMarkOf({ source }: Partial<State>, value: Buffer): Pick<State, typeof binaryMark> {
  return { [binaryMark]: source && !isUtf8(value) ? true : undefined };
}

/** The state with what was found: declared forms stay where they still say the truth. */
export function liveState(state: Partial<State>, { value, metadata, expiration }: StoredValue): Properties {
  const isKept = isAsDeclared(state, value);
  return withoutAbsent({
    ...state,
    ...(isKept ? {} : liveForm(state, value)),
    metadata: isSame(metadata, state.metadata) ? state.metadata : metadata,
    // Where a time to live is declared, any time that is found is accepted; none at all is a drift.
    expiration: state.expirationTtl === undefined ? expiration : undefined,
    expirationTtl: expiration === undefined ? undefined : state.expirationTtl,
    expiresAt: expiration,
    valueSha256: isKept ? state.valueSha256 : sha256(value),
  });
}

/** A source stays what is declared, whatever was found. */
export function liveForm(state: Partial<State>, value: Buffer): Partial<State> {
  return state.source ? binaryMarkOf(state, value) : liveValue(state, value);
}

/** The forms of the value of which the state cannot say whether they are secret. */
export function newForms(state: Properties, live: Properties): Path[] {
  const forms = valueForms.filter((form) => isAbsent(state[form]) && !isAbsent(live[form]));
  return forms.map((form) => [form]);
}

export function inputsOf(state: Properties): Properties {
  return inputsIn(keyValueSchema, state);
}

export function outputsOf(state: Properties): Properties {
  return outputsIn(keyValueSchema, state);
}
