import { isNamespaceGone } from "../../kv/error";
import { quoted } from "../../kv/quote";
import { isSame } from "../../pulumi/changes";
import type { Properties, ReadResult } from "../../pulumi/resource-provider";
import { leavesOf, type Path } from "../../pulumi/secret-inputs";
import { isAbsent } from "../../pulumi/validate";
import type { CallContext } from "../../session/context";
import { readUntilConsistent, unsettled } from "../consistent-read";
import { type Findings, Inspection } from "./drift";
import { counted, grouped, listed } from "./format";
import { keyIdOf, type SetAddress, setId } from "./id";
import { contents, secretsOf } from "./import";
import { namesBelow } from "./list-keys";
import { Manifest } from "./manifest/manifest";
import { liveInputs } from "./observed-inputs";
import { inputsOf, type SetState, valuesByDefault } from "./schema";
import type { RawEntry } from "./source/declared-entry";

/** What a refresh finds: the state, with what is there. */
export async function readSet(address: SetAddress, state: SetState, context: CallContext): Promise<ReadResult> {
  const id = setId(address);
  const stored = Manifest.decode(state.manifest ?? "");
  const asItWas = { id, props: { ...state }, inputs: inputsOf({ ...state }) };
  if (context.isUnfinished) {
    await lookUpUncertain(address, stored, context);
    return { ...asItWas, props: { ...state, manifest: stored.encode() } };
  }
  const mode = state.driftDetection ?? defaultMode(stored.size, context);
  if (mode === "none") return asItWas;
  const look = () => {
    const inspection = new Inspection(address, stored, context);
    return orGone(mode === "values" ? inspection.ofValues() : inspection.ofKeys());
  };
  const found = await readUntilConsistent(
    state.writtenAt,
    look,
    (findings) => !!findings && isClean(findings),
    context,
  );
  if (found === undefined) return { id: "" };
  if (found === unsettled) return { ...asItWas, isUncertain: true };
  if (state.prune === "unlisted") await tellUnlisted(address, stored, context);
  if (isClean(found)) return { ...asItWas, props: { ...state, manifest: found.live.encode() } };
  context.log.info(driftText(found, stored.size, context));
  const props = { ...state, ...liveInputs(state, found), manifest: found.live.encode() };
  return { id, props, inputs: inputsOf(props), secrets: secretsAmong(state, props, context) };
}

/** To read more keys takes longer than to write them again. */
const mostUncertain = 10_000;

/** Keys whose last write or delete was not answered. One that is not found may be shown late: it stays uncertain. */
async function lookUpUncertain(address: SetAddress, stored: Manifest, context: CallContext): Promise<void> {
  const uncertain = Manifest.empty();
  for (const [key, entry] of stored) if (entry.hash === undefined) uncertain.set(key, entry);
  if (uncertain.size === 0 || uncertain.size > mostUncertain) return;
  const { live } = await new Inspection(address, uncertain, context).ofValues();
  for (const [key, entry] of live) stored.set(key, entry);
  context.log.info(`looked up ${counted(uncertain.size, "key")} whose last write or delete had no answer`);
}

/** What was found may stand where nothing was secret before: entries have moved up, and documents have other members. */
function secretsAmong(before: SetState, { values, entries }: Properties, { secrets }: CallContext): Path[] {
  const isNew = (found: unknown, known: unknown) => !isAbsent(found) && !isSame(found, known);
  const isInValues = before.jsonValues && isNew(values, before.values) && (secrets?.touches("values") ?? true);
  const ofValues = isInValues ? leavesOf(values, ["values"]) : [];
  if (!isNew(entries, before.entries)) return ofValues;
  if (!secrets || secrets.covers("entries.*.key")) return [...ofValues, ["entries"]];
  const isInEntries = contents.some((member) => secrets.touches(`entries.*.${member}`));
  return isInEntries ? [...ofValues, ...secretsOf(entries as RawEntry[])] : ofValues;
}

function defaultMode(size: number, context: CallContext): "values" | "keys" {
  if (size <= valuesByDefault) return "values";
  context.log.info(
    `presence, metadata and expiration of ${grouped(size)} keys are compared; comparing their values too ` +
      `would take ${counted(Math.ceil(size / 100), "request")} (driftDetection: "values")`,
  );
  return "keys";
}

async function orGone(looking: Promise<Findings>): Promise<Findings | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (isNamespaceGone(error)) return undefined;
    throw error;
  }
}

function isClean({ missing, changed }: Findings): boolean {
  return missing.length === 0 && changed.size === 0;
}

function driftText({ missing, changed }: Findings, size: number, { hidesKeys }: CallContext): string {
  const keys = [...missing.map((key) => `- ${quoted(key)}`), ...[...changed.keys()].map((key) => `~ ${quoted(key)}`)];
  const line = `found ${counted(missing.length, "key")} missing and ${grouped(changed.size)} changed, of ${grouped(size)}`;
  return hidesKeys ? line : [line, ...listed(keys, (text) => `  ${text}`)].join("\n");
}

async function tellUnlisted(address: SetAddress, stored: Manifest, context: CallContext): Promise<void> {
  const isUnlisted = (name: string) => !stored.has(name) && !context.run.claims.isKnown(keyIdOf(address, name));
  const unlisted = (await namesBelow(address, context)).filter(isUnlisted);
  if (unlisted.length === 0) return;
  const line =
    `found ${counted(unlisted.length, "unlisted key")}, which the next \`pulumi up\` deletes ` +
    '(prune: "unlisted"), unless the program declares it';
  const names = context.hidesKeys ? [] : listed(unlisted, (name) => `  - ${quoted(name)}`);
  context.log.info([line, ...names].join("\n"));
}
