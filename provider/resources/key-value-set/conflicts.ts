import { quoted } from "../../kv/quote";
import { nameOf } from "../../pulumi/urn";
import type { CallContext } from "../../session/context";
import { counted } from "./format";
import { keyIdOf, rangeOf, type SetAddress } from "./id";
import type { Manifest } from "./manifest/manifest";

/** Names the resources that declare some of the same keys. */
export function warnOfConflicts(
  address: SetAddress,
  manifest: Manifest,
  { urn, log, hidesKeys, run }: CallContext,
): void {
  for (const [name, keys] of run.claims.conflicts(urn, rangeOf(address, manifest))) {
    const example = hidesKeys ? "" : `, such as ${quoted(keys[0] ?? "")},`;
    log.warning(
      `${counted(keys.length, "key")}${example} declared twice, by "${nameOf(urn)}" ` +
        `and "${name}": what is written last wins; declare each once`,
    );
  }
}

/** Names the resources that have declared keys only after the plan was to delete them as unlisted. */
export function warnOfLateClaims(
  address: SetAddress,
  unlisted: readonly string[],
  { urn, log, run }: CallContext,
): void {
  const holderOf = (key: string) => run.claims.holders(keyIdOf(address, key), urn)[0];
  for (const [name, keys] of Map.groupBy(unlisted, holderOf)) {
    if (name === undefined) continue;
    const stay = keys.length === 1 ? "stays: it is" : "stay: they are";
    log.warning(
      `${counted(keys.length, "unlisted key")} ${stay} declared by "${name}", which comes after this set; ` +
        "let the set depend on it (dependsOn), or every plan will name what it does not delete",
    );
  }
}
