import { createHash } from "node:crypto";

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

export function fileAsset(path: string): Asset {
  return signed(assetSignature, { path });
}

/** @param kind What kind of special object it is. */
export function signed<T extends object>(kind: string, fields: T): T {
  return { [signatureKey]: kind, ...fields };
}

/** The hash of an asset's bytes, as the engine computed it. */
export function assetHash(asset: Asset): string | undefined {
  return asset.hash || (asset.text === undefined ? undefined : sha256(asset.text));
}

const emptyHash = sha256("");

/** Checks the form, not the file. `instead` says the same as an empty text. */
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

export function isAsset(value: unknown): value is Asset {
  return typeof value === "object" && value !== null && Reflect.get(value, signatureKey) === assetSignature;
}
