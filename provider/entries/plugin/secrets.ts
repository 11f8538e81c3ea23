import { type Path, type PathStep, SecretInputs, secretPath } from "../../pulumi/secret-inputs";

/** One step of a property path: a name, or an index. */
export type Step = PathStep;

/** Where a value is secret: as a whole, or in the children that are named. */
export type Secrecy = "whole" | SecretChildren;
export type SecretChildren = ReadonlyMap<Step, Secrecy>;

/** Collects the paths at which a bag of properties is secret. */
export class SecretPaths {
  readonly #root = new Map<Step, Secrecy>();

  /** What was marked. Never "whole": a bag of properties is not secret itself. */
  get children(): SecretChildren {
    return this.#root;
  }

  /** The path as a message may have it: below a secret, names are secret too. */
  shown(path: readonly Step[]): readonly Step[] {
    let node: Secrecy | undefined = this.#root;
    const end = path.findIndex((step) => {
      node = node === "whole" ? node : node?.get(step);
      return node === "whole";
    });
    return end < 0 ? path : path.slice(0, end + 1);
  }

  mark(path: readonly Step[]): void {
    const last = path.at(-1);
    if (last === undefined) return;
    let node = this.#root;
    for (const step of path.slice(0, -1)) {
      const child = node.get(step) ?? new Map<Step, Secrecy>();
      if (child === "whole") return;
      node.set(step, child);
      node = child as Map<Step, Secrecy>;
    }
    node.set(last, "whole");
  }
}

/** What stands at these paths. */
export function marked(paths: Iterable<Path>): SecretChildren {
  const secrets = new SecretPaths();
  for (const path of paths) secrets.mark(path);
  return secrets.children;
}

/** As the core is told of them. */
export function secretInputs(...all: readonly SecretChildren[]): SecretInputs {
  return new SecretInputs(all.flatMap((children) => pathsOf(children, [])));
}

function pathsOf(children: SecretChildren, above: Path): string[] {
  const paths = [...children].flatMap(([step, secrecy]) => {
    const path = [...above, step];
    return secrecy === "whole" ? [secretPath(path)] : pathsOf(secrecy, path);
  });
  return [...new Set(paths)];
}

/** The properties of these names, secret as a whole. */
export function wholly(names: Iterable<string>): SecretChildren {
  return new Map([...names].map((name) => [name, "whole"]));
}

/** Secret where either is. */
export function union(a: SecretChildren, b: SecretChildren): SecretChildren {
  const both = new Map(a);
  for (const [step, theirs] of b) {
    const ours = both.get(step);
    if (ours === "whole") continue;
    both.set(step, ours === undefined || theirs === "whole" ? theirs : union(ours, theirs));
  }
  return both;
}

/** Whether each secret child can still be told apart in this value; if not, the whole of it has to be secret. */
export function fits(children: SecretChildren, value: object): boolean {
  const steps = [...children.keys()];
  if (Array.isArray(value)) return steps.every((step) => typeof step === "number" && step < value.length);
  return steps.every((step) => typeof step === "string");
}
