import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { types } from "node:util";
import { valueProblem } from "../kv/entry";
import { InputError } from "./resource";

/** The member that tells what kind of special object this is, on Pulumi's wire. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";

/** An asset as it is on Pulumi's wire. Only Check and Create see `text` and `path`; all see the hash. */
export interface Asset {
  /** SHA-256 of the bytes, in hexadecimal digits; the engine computes it. */
  readonly hash?: string;
  readonly text?: string;
  /** Relative to the project, which is the process's directory. */
  readonly path?: string;
  readonly uri?: string;
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The hash of an asset's bytes, as the engine computed it. */
export function assetHash(asset: Asset): string | undefined {
  return asset.hash || (asset.text === undefined ? undefined : sha256(asset.text));
}

const emptyHash = sha256("");

/** Judges the form, not the file. `instead` says the same as an empty text. */
export function assetProblem(value: unknown, instead: string): string | undefined {
  if (!isAsset(value)) return "must be an Asset, such as new pulumi.asset.FileAsset(path)";
  if (isEmptyText(value))
    return `must not be an empty text asset, which Pulumi cannot hand back to the program; give ${instead}, or an empty file`;
  if (value.uri) return "must be a file or a text of this machine, not a RemoteAsset; download it first";
  return undefined;
}

/** Of a text the engine leaves out one that is empty. */
function isEmptyText({ text = "", path = "", uri = "", hash = emptyHash }: Asset): boolean {
  return text === "" && path === "" && uri === "" && hash === emptyHash;
}

/** True where any part is an asset or an archive. */
export function hasAsset(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, signatureKey) || Object.values(value).some(hasAsset);
}

/** Why the bytes of a checked asset cannot be stored. */
export function assetContentProblem({ text, path }: Asset): string | undefined {
  if (path) return fileProblem(path);
  return text === undefined ? undefined : valueProblem(Buffer.byteLength(text));
}

/** The bytes, which must be those that the engine has hashed. */
export async function readAsset(asset: Asset): Promise<Buffer> {
  const bytes = asset.path
    ? await readFile(asset.path).catch(rethrowReadable(asset.path))
    : Buffer.from(asset.text ?? "");
  if (asset.hash) requireSameHash(asset, sha256(bytes));
  return bytes;
}

/** False where it can be read no more, or has other bytes than the engine has hashed. */
export function isAsHashed(asset: Asset): Promise<boolean> {
  return readAsset(asset).then(
    () => true,
    () => false,
  );
}

/** Throws where the bytes that were read are not those that the engine has hashed. */
export function requireSameHash(asset: Asset, hash: string): void {
  if (hash === asset.hash) return;
  throw new InputError(
    `source: ${asset.path ?? "the text"} is not what it was when this run began; run it again when nothing changes it`,
  );
}

export function isAsset(value: unknown): value is Asset {
  return typeof value === "object" && value !== null && Reflect.get(value, signatureKey) === assetSignature;
}

function fileProblem(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? valueProblem(stat.size) : `must be a file, and ${path} is not`;
  } catch (error) {
    return `cannot be read: ${path}: ${systemReason(error)}`;
  }
}

function rethrowReadable(path: string): (error: unknown) => never {
  return (error) => {
    throw new InputError(`source: ${path} cannot be read: ${systemReason(error)}`);
  };
}

/** True where it has a code, as the errors of Node's own modules have. */
export function isSystemError(error: unknown): error is Error & { readonly code: unknown } {
  return types.isNativeError(error) && "code" in error;
}

/** The system's code for what went wrong, such as ENOENT. */
export function systemReason(error: unknown): string {
  return isSystemError(error) ? String(error.code) : "unknown reason";
}
