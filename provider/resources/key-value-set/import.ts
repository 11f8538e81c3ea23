import { isNamespaceGone } from "../../kv/error";
import { quoted } from "../../kv/quote";
import { type FoundValue, readValues } from "../../kv/stored-value";
import { InputError } from "../../pulumi/errors";
import type { Properties, ReadResult } from "../../pulumi/resource-provider";
import { leavesOf, type Path } from "../../pulumi/secret-inputs";
import { type CallContext, callOptions } from "../../session/context";
import { formOf } from "../key-value/value";
import { grouped } from "./format";
import { keyIdOf, type SetAddress, setId } from "./id";
import { keysBelow } from "./list-keys";
import { entryHash, Manifest, metadataHash } from "./manifest/manifest";
import { inputsOf } from "./schema";
import type { RawEntry } from "./source/declared-entry";

/** An import has every key inline, which the state and the generated program must bear. */
const maxKeys = 10_000;

/** Takes the keys below the prefix as they are; no id where there are none. */
export async function importSet(address: SetAddress, context: CallContext): Promise<ReadResult> {
  const names = await keyNames(address, context);
  if (names.length === 0) return { id: "", absence: await whyEmpty(address, context) };
  const found: [string, FoundValue][] = [];
  await readValues(context.connection.client, address, names, callOptions(context), (...pair) => found.push(pair));
  if (found.length === 0) return { id: "" };
  const manifest = Manifest.empty();
  const entries: Properties[] = [];
  let bytes = 0;
  for (const [key, { value, metadata, expiration }] of found.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const entry = { key: key.slice(address.keyPrefix.length), ...formOf(value) };
    entries.push({ ...entry, ...(metadata === null ? {} : { metadata }), ...(expiration ? { expiration } : {}) });
    bytes += Buffer.byteLength(value);
    const hashes = { hash: entryHash(value, metadata), metadataHash: metadataHash(metadata) };
    manifest.set(key, { ...hashes, ttl: 0, expiresAt: expiration ?? 0 });
  }
  context.run.claims.recordFound(manifest.keys().map((key) => keyIdOf(address, key)));
  const { keyPrefix, ...namespace } = address;
  const inputs = { ...namespace, ...(keyPrefix ? { keyPrefix } : {}), entries };
  const outputs = { count: entries.length, bytes, sha256: manifest.digest(), manifest: manifest.encode() };
  return {
    id: setId(address),
    props: { ...inputs, ...outputs },
    inputs: inputsOf(inputs),
    secrets: secretsOf(entries),
  };
}

/** What each entry holds, and not the list: of a list that is secret Pulumi writes programs in clear. */
export function secretsOf(entries: readonly RawEntry[]): Path[] {
  return entries.flatMap((entry, index) =>
    contents.flatMap((member) => leavesOf(entry[member], ["entries", index, member])),
  );
}

/** The members of an entry that may be secrets. */
export const contents = ["value", "valueBase64", "valueJson", "metadata"] as const;

async function keyNames(address: SetAddress, context: CallContext): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const keys of keysBelow(address, context)) {
      names.push(...keys.map(({ name }) => name));
      if (names.length > maxKeys) throw new InputError(tooMany(address));
    }
  } catch (error) {
    if (!isNamespaceGone(error)) throw error;
  }
  return names;
}

/** The engine says only that such a resource does not exist. */
async function whyEmpty({ keyPrefix, ...namespace }: SetAddress, context: CallContext): Promise<string> {
  const { client } = context.connection;
  const { accountId, namespaceId } = namespace;
  try {
    await client.getNamespace(accountId, namespaceId, callOptions(context));
  } catch (error) {
    if (!isNamespaceGone(error)) throw error;
    return `the account ${accountId} has no namespace ${namespaceId}`;
  }
  return keyPrefix === "" ? "the namespace has no keys" : `no key of the namespace begins with ${quoted(keyPrefix)}`;
}

function tooMany({ keyPrefix }: SetAddress): string {
  const where = keyPrefix === "" ? "in the namespace" : `below "${keyPrefix}"`;
  return (
    `More than ${grouped(maxKeys)} keys are ${where}, which is too many to import. Write them to a file with ` +
    "`npx cloudflare-kv export`, and declare a KeyValueSet with that source and adopt: true: `pulumi up` then takes them over " +
    "and writes nothing"
  );
}
