import type { KvNamespace } from "../../kv/answers";
import { CancelledError, CloudflareError, codes, isNamespaceGone, withRemedy } from "../../kv/error";
import { InputError } from "../../pulumi/errors";
import type { NamespaceArgs as Args } from "./schema";

export function adoptable(present: KvNamespace, { adopt, title, accountId, ...wanted }: Args): KvNamespace {
  const id = `${accountId}/${present.id}`;
  if (!adopt) {
    throw new InputError(
      `A namespace with the title "${title}" exists already: ${id}. To take it over set adopt: true or import that id; ` +
        "else choose another title",
    );
  }
  for (const name of ["jurisdiction", "mode"] as const) {
    const [found, meant] = [present[name] ?? "absent", wanted[name] ?? "absent"];
    if (found === meant) continue;
    throw new InputError(
      `The namespace "${title}" (${id}) cannot be adopted: its ${name} is ${found}, not ${meant}, and it can never change`,
    );
  }
  return present;
}

export function explainedCreate(error: unknown, title: string): unknown {
  if (!(error instanceof CloudflareError || error instanceof CancelledError)) return error;
  const has = (code: number) => error instanceof CloudflareError && error.has(code);
  if (has(codes.namespaceExists)) {
    return withRemedy(
      error,
      `Somebody else has just created a namespace with the title "${title}": choose another title, or set adopt: true`,
    );
  }
  if (has(codes.tooManyNamespaces)) {
    return withRemedy(error, "Delete a namespace that is not needed, or ask Cloudflare for more");
  }
  if (!error.ambiguous) return error;
  return withRemedy(
    error,
    `It may or may not have been created: if the next \`pulumi up\` finds the title "${title}" taken, set adopt: true`,
  );
}

export function explainedRename(error: unknown, title: string): unknown {
  if (error instanceof CloudflareError && isNamespaceGone(error)) {
    return withRemedy(error, "It was there before: run `pulumi refresh`, then `pulumi up`");
  }
  if (!(error instanceof CloudflareError) || !error.has(codes.namespaceExists)) return error;
  return withRemedy(
    error,
    `Another namespace has the title "${title}": where two swap their titles, give one of them a third title first`,
  );
}

export function explainedBinding(error: unknown): unknown {
  if (!(error instanceof CloudflareError) || !error.has(codes.namespaceBound)) return error;
  return withRemedy(
    error,
    "A Worker is bound to the namespace: remove the binding, deploy the Worker, then destroy again",
  );
}
