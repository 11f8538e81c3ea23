import { InputError } from "./errors";

/** What a URN says: `urn:pulumi:<stack>::<project>::<types, outermost first, joined by $>::<name>`. */
export interface Urn {
  readonly type: string;
  readonly name: string;
}

export function parseUrn(urn: string): Urn {
  const [stack = "", project, types, ...name] = urn.split("::");
  const type = types?.split("$").at(-1);
  if (!stack.startsWith("urn:pulumi:") || project === undefined || !type || name.length === 0) {
    throw new InputError(`Invalid URN ${JSON.stringify(urn)}: expected urn:pulumi:<stack>::<project>::<type>::<name>`);
  }
  return { type, name: name.join("::") };
}

/** The name that the program gave the resource. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::") || urn;
}
