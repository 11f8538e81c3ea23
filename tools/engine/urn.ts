const stackType = "pulumi:pulumi:Stack";

export function urnOf(stack: string, project: string, parent: string, type: string, name: string): string {
  const [, , parentTypes = ""] = parent.split("::");
  const types = parentTypes === "" || parentTypes === stackType ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${stack}::${project}::${types}::${name}`;
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

export function typeOf(urn: string): string {
  const [, , types = ""] = urn.split("::");
  return types.slice(types.lastIndexOf("$") + 1);
}

export function isStack(urn: string): boolean {
  return typeOf(urn) === stackType;
}

/** The package that serves a type or a function: what stands before the first colon. */
export function packageOf(token: string): string {
  return token.split(":")[0] ?? "";
}
