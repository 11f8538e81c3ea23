import { expirationTtlProblem, hasExpired } from "../../kv/entry";
import { limits } from "../../kv/limits";
import { type Asset, assetHash, isAsset } from "../../pulumi/asset";
import { isSame } from "../../pulumi/changes";
import type { CheckFailure, Properties } from "../../pulumi/resource-provider";
import { hasUnknown, isAbsent } from "../../pulumi/validate";
import { assetContentProblem, isAsHashed } from "../asset-content";

/** What the clock and the disk tell. What the state has already is not checked again: ignoreChanges keeps such things. */
export function problemsOutside(olds: Properties, news: Properties, now: number): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { expiration, expirationTtl, source } = news;
  const isChanged = !isAbsent(olds.key) && olds.expiration !== expiration;
  if (isChanged && typeof expiration === "number" && hasExpired(expiration, now)) {
    failures.push({ property: "expiration", reason: pastReason(expiration) });
  }
  if (typeof expirationTtl === "number" && olds.expirationTtl !== expirationTtl) {
    const reason = expirationTtlProblem(expirationTtl, now);
    if (reason) failures.push({ property: "expirationTtl", reason });
  }
  if (!isAbsent(source) && !hasUnknown(source) && assetHash(source) !== (olds.source && assetHash(olds.source))) {
    const reason = assetContentProblem(source);
    if (reason) failures.push({ property: "source", reason });
  }
  return failures;
}

/** `ignoreChanges` keeps a source that may be gone meanwhile, or be another: with new metadata it has to be read. */
export async function problemsOfIgnored(olds: Properties, { source, metadata }: Properties): Promise<CheckFailure[]> {
  const isKept = !hasUnknown(source) && isAsset(source) && isAsset(olds.source);
  if (!isKept || assetHash(source) !== assetHash(olds.source as Asset)) return [];
  if (isSame(olds.metadata, metadata) || (await isAsHashed(source))) return [];
  const reason =
    "no longer has the contents that the state knows, and new metadata is written together with the value: " +
    `put ${source.path ?? "it"} back as it was, or take source out of ignoreChanges`;
  return [{ property: "source", reason }];
}

export function pastReason(expiration: number): string {
  const ahead = `at least ${limits.minExpirationTtlSeconds} seconds ahead`;
  return `must be ${ahead}, and ${isoTime(expiration)} is not; to let the key go, remove the resource`;
}

export function isoTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
