import { isNamespaceGone } from "../../kv/error";
import { quoted } from "../../kv/quote";
import { isSame } from "../../pulumi/changes";
import type { Call, ReadResult } from "../../pulumi/resource-provider";
import type { Path } from "../../pulumi/secret-inputs";
import type { Session } from "../../session/session";
import { lookPatiently, unsettled } from "../consistent-read";
import { type Findings, Inspection } from "./drift";
import { counted, grouped, listed } from "./format";
import { keyIdOf, type SetAddress, setId } from "./id";
import { secretsOf } from "./import";
import { namesBelow } from "./list-keys";
import { Manifest } from "./manifest/manifest";
import { liveInputs } from "./observed-inputs";
import { inputsOf, type SetState, valuesByDefault } from "./schema";
import type { RawEntry } from "./source/declared-entry";

/** What a refresh finds: the state, with what is there. */
export async function readSet(session: Session, address: SetAddress, state: SetState, call: Call): Promise<ReadResult> {
  const id = setId(address);
  const stored = Manifest.decode(state.manifest ?? "");
  const asItWas = { id, props: { ...state }, inputs: inputsOf({ ...state }) };
  const mode = state.driftDetection ?? defaultMode(stored.size, call);
  if (mode === "none") return asItWas;
  const look = () => {
    const inspection = new Inspection(session, address, stored, call);
    return orGone(mode === "values" ? inspection.ofValues() : inspection.ofKeys());
  };
  const found = await lookPatiently(
    session,
    state.writtenAt,
    look,
    (findings) => !!findings && isClean(findings),
    call,
  );
  if (found === undefined) return { id: "" };
  if (found === unsettled) return asItWas;
  if (state.prune === "unlisted") await tellUnlisted(session, address, stored, call);
  if (isClean(found)) return { ...asItWas, props: { ...state, manifest: found.live.encode() } };
  call.log.info(driftText(found, stored.size, call));
  const props = { ...state, ...liveInputs(address.keyPrefix, state, found), manifest: found.live.encode() };
  const isChanged = props.entries !== undefined && !isSame(state.entries, props.entries);
  return { id, props, inputs: inputsOf(props), secrets: isChanged ? secretsAmong(props.entries, call) : [] };
}

/** Entries may have moved up, and got metadata: where in the list the secret ones stood says nothing any more. */
function secretsAmong(entries: unknown, { secrets }: Call): Path[] {
  if (!secrets || secrets.covers("entries.*.key")) return [["entries"]];
  const isSecret = (member: string) => secrets.touches(`entries.*.${member}`);
  return ["value", "valueBase64", "metadata"].some(isSecret) ? secretsOf(entries as RawEntry[]) : [];
}

function defaultMode(size: number, call: Call): "values" | "keys" {
  if (size <= valuesByDefault) return "values";
  call.log.info(
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

function driftText({ missing, changed }: Findings, size: number, { hidesKeys }: Call): string {
  const keys = [...missing.map((key) => `- ${quoted(key)}`), ...[...changed.keys()].map((key) => `~ ${quoted(key)}`)];
  const line = `found ${counted(missing.length, "key")} missing and ${grouped(changed.size)} changed, of ${grouped(size)}`;
  return hidesKeys ? line : [line, ...listed(keys, (text) => `  ${text}`)].join("\n");
}

async function tellUnlisted(session: Session, address: SetAddress, stored: Manifest, call: Call): Promise<void> {
  const isStranger = (name: string) => !stored.has(name) && !session.claims.isKnown(keyIdOf(address, name));
  const strangers = (await namesBelow(session, address, call)).filter(isStranger);
  if (strangers.length === 0) return;
  const line =
    `found ${counted(strangers.length, "unlisted key")}, which the next \`pulumi up\` deletes ` +
    '(prune: "unlisted"), unless the program declares it';
  const names = call.hidesKeys ? [] : listed(strangers, (name) => `  - ${quoted(name)}`);
  call.log.info([line, ...names].join("\n"));
}
