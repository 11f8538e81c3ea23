import { nowSeconds } from "../../kv/clock";
import { CloudflareError, isNamespaceGone } from "../../kv/error";
import { InitFailedError, maxFailedBytes } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { withoutAbsent } from "../../pulumi/validate";
import type { Claims } from "../../session/claims";
import type { CallContext } from "../../session/context";
import { hashOfSource } from "./compare";
import { warnOfLateClaims } from "./conflicts";
import { grouped } from "./format";
import { keyIdOf, rangeOf, type SetAddress, setId } from "./id";
import type { Manifest } from "./manifest/manifest";
import { hasStoredExpired, type Work } from "./plan";
import { knownKeysOf, undeletedName } from "./schema";
import { SetWriter, type Unfinished } from "./writer";

/**
 * Carries out what is left to do, and answers the outputs.
 *
 * @param unlisted What the plan has named as deleted because it is unlisted.
 * @throws InitFailedError where a part was not done, with what was: nothing that was written is forgotten.
 */
export async function applySet(
  address: SetAddress,
  work: Work,
  { olds, news }: { readonly olds: Properties; readonly news: Properties },
  unlisted: readonly string[],
  context: CallContext,
): Promise<Properties> {
  const { stored, declaration } = work;
  const { claims } = context.run;
  warnOfLateClaims(address, unlisted, context);
  claims.declareRange(context.urn, rangeOf(address, declaration.manifest));
  takeOver(claims, address, work);
  const writer = new SetWriter(address, stored, context);
  const unfinished = await carryOut(writer, work, news, context);
  const outs = withoutAbsent({
    ...news,
    count: declaration.manifest.size,
    bytes: declaration.bytes,
    sourceHash: hashOfSource(news),
    writtenAt: writer.hasChanged ? nowSeconds(context.clock) : olds.writtenAt,
    [undeletedName]: writer.left.size > 0 ? writer.left.withoutHashes().encode() : undefined,
  });
  // Without an id and a state the engine forgets the resource, or keeps what it had: right only where nothing happened.
  if (unfinished && stored.size === 0 && !writer.hasChanged) throw errorOf(unfinished);
  if (unfinished) throw failed(address, { ...outs, manifest: shortEnough(stored) }, unfinished);
  settle(work, writer.expiredMeanwhile, nowSeconds(context.clock));
  tellDone(work, writer, context);
  if (declaration.isPartial) return { ...outs, manifest: stored.encode() };
  // Both say the same now, but for the ends of times to live; what was declared is written down already.
  const manifest = declaration.manifest.hasTtl ? stored : declaration.manifest;
  return { ...outs, manifest: manifest.encode(), sha256: manifest.digest() };
}

/** Deletes what the set knows to be its own, less what this run's program declares. */
export async function removeSet(address: SetAddress, props: Properties, context: CallContext): Promise<void> {
  const stored = knownKeysOf(props);
  const now = nowSeconds(context.clock);
  const keys = stored.keys().filter((key) => !hasStoredExpired(stored, key, now));
  if (keys.length === 0) return;
  const writer = new SetWriter(address, stored, context);
  const unfinished = await writer.delete(keys);
  if (!unfinished && writer.deleted > 0) context.log.status(`-${grouped(writer.deleted)}`);
  // A create may follow, of the same keys. Where it fails, they are still there: whatever their values are.
  const { claims } = context.run;
  if (writer.kept.size > 0) claims.keep(context.urn, { ...address, manifest: writer.kept.withoutHashes().encode() });
  if (unfinished && !isNamespaceGone(unfinished.cause)) throw errorOf(unfinished);
}

/** The row of a finished set says what was done, not how far it had come. */
function tellDone(
  { plan: { added, changed } }: Work,
  { expiredMeanwhile, deleted }: SetWriter,
  { log }: CallContext,
): void {
  const expired = new Set(expiredMeanwhile);
  const [writtenNew, writtenAgain] = [added, changed].map((keys) => keys.filter((key) => !expired.has(key)).length);
  if (added.length + changed.length + deleted > 0)
    log.status(`+${grouped(writtenNew ?? 0)} ~${grouped(writtenAgain ?? 0)} -${grouped(deleted)}`);
}

/** What a delete before this create has left in the same namespace. */
export function keptOutputs({ accountId, namespaceId }: SetAddress, { urn, run }: CallContext): Properties {
  const kept = run.claims.keptOutputs(urn);
  return kept?.accountId === accountId && kept.namespaceId === namespaceId ? { manifest: kept.manifest } : {};
}

/** Former owners have left these keys to this set. Where their write fails they are still there, and now its own. */
function takeOver(claims: Claims, address: SetAddress, { plan, stored, declaration }: Work): void {
  if (!claims.hasHandedOver) return;
  for (const key of plan.added) {
    const entry = claims.isHandedOver(keyIdOf(address, key)) && declaration.manifest.get(key);
    if (entry) stored.set(key, { ...entry, hash: undefined });
  }
}

/**
 * Writes come first: where one of them fails, nothing is deleted. Deletes come when all that the program declares is
 * known, as far as it does not depend on this set: another resource may declare the keys now.
 */
async function carryOut(
  writer: SetWriter,
  work: Work,
  inputs: Properties,
  { clock, signal, run }: CallContext,
): Promise<Unfinished | undefined> {
  const { added, changed, removed, released, unlisted } = work.plan;
  const writes = [...added, ...changed];
  const unwritten = writes.length > 0 ? await writer.write(inputs, work.declaration.manifest, writes) : undefined;
  if (unwritten) return unwritten;
  const expiredMeanwhile = writer.expiredMeanwhile.filter((key) => work.stored.has(key));
  const deletes = [...removed, ...released, ...unlisted, ...expiredMeanwhile];
  if (deletes.length === 0) return undefined;
  // What is cancelled meanwhile is told by the delete, which sends nothing then.
  await run.claims.afterChecks(clock, signal).catch(() => {});
  return writer.deleteOwn(writer.leavePlanned(deletes));
}

/** What has expired as declared counts as stored: it is not looked at again. */
function settle({ stored, plan, declaration }: Work, expiredMeanwhile: readonly string[], now: number): void {
  for (const key of plan.expiredUndeclared) stored.delete(key);
  for (const key of [...plan.expired, ...expiredMeanwhile]) stored.copy(key, declaration.manifest, now);
}

function failed(address: SetAddress, outs: Properties, { reasons }: Unfinished): InitFailedError {
  const last = "What succeeded is in the state: the next `pulumi up` does the rest";
  return new InitFailedError(setId(address), outs, [...reasons, last]);
}

function errorOf({ cause, reasons }: Unfinished): Error {
  return cause ?? new CloudflareError(reasons.join("\n"));
}

/** A longer one is sent without hashes. */
function shortEnough(manifest: Manifest): string {
  const text = manifest.encode();
  return text.length <= maxFailedBytes ? text : manifest.withoutHashes().encode();
}
