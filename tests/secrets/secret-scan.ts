import { type Leak, leaksOf } from "../../tools/leaks";
import { isSecret } from "../../tools/wire";

/** Where something that was written can be read by others. */
export const places = ["answer", "failure", "error", "detail", "message", "stdout", "stderr", "state"] as const;

export type Place = (typeof places)[number];

/** What was written, by place: texts, and structures in which secrets are wrapped as on Pulumi's wire. */
export type Written = { readonly [place in Place]?: readonly unknown[] };

export interface FoundLeak extends Leak {
  readonly place: Place;
}

/** The secrets that can be read somewhere: in a text, or in a structure outside of what is wrapped. */
export function secretsIn(secrets: readonly string[], written: Written): FoundLeak[] {
  return places.flatMap((place) =>
    (written[place] ?? []).flatMap((thing) => leaksOf(secrets, readable(thing)).map((leak) => ({ place, ...leak }))),
  );
}

function readable(thing: unknown): string {
  if (typeof thing === "string") return thing;
  return JSON.stringify(thing, (_, value) => (isSecret(value) ? "[secret]" : value)) ?? "";
}
