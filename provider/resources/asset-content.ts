import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { types } from "node:util";
import { valueProblem } from "../kv/entry";
import { type Asset, sha256 } from "../pulumi/asset";
import { InputError } from "../pulumi/errors";

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
    `source: ${asset.path ?? "the text"} has changed since this run began; run it again once it no longer changes`,
  );
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
