import { createHash, createHmac, randomBytes } from "node:crypto";
import path from "node:path";

/**
 * Where wrangler (miniflare 4 and 5) keeps KV on this machine. It is no documented contract, and has been the same since
 * November 2023: https://github.com/cloudflare/workers-sdk/tree/main/packages/miniflare/src/workers/shared
 */
const objectClass = "miniflare-KVNamespaceObject";

/** The versions of the layout, a folder each; there has been one so far. */
export const layoutVersion = "v3";

/** The database of a namespace's entries; its name is the id of the Durable Object that owns it. */
export function databaseFile(root: string, localId: string): string {
  const key = createHash("sha256").update(objectClass).digest();
  const name = hmac(key, localId);
  return path.join(root, "kv", objectClass, `${Buffer.concat([name, hmac(key, name)]).toString("hex")}.sqlite`);
}

/** The values of a namespace, one file each. */
export function blobFolder(root: string, localId: string): string {
  return path.join(root, "kv", folderName(localId), "blobs");
}

/** Nobody can guess it, and it tells when it was made. */
export function newBlobId(nowMs: number): string {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(Math.floor(nowMs)));
  return Buffer.concat([randomBytes(32), time]).toString("hex");
}

/** Where the time of a blob's id begins, as a number of hexadecimal digits. */
export const blobTimeAt = 64;

/** When a blob was made, in unix ms. */
export function blobTime(blobId: string): number {
  return Number.parseInt(blobId.slice(blobTimeAt), 16);
}

function hmac(key: Buffer, content: string | Buffer): Buffer {
  return createHmac("sha256", key).update(content).digest().subarray(0, 16);
}

/** As wrangler spells an id in a path. */
function folderName(localId: string): string {
  const name = localId
    .split(/([/\\])/)
    .map((step) => (/^\.+$/.test(step) ? underscores(step) : step))
    .join("")
    .replace(/[?<>*"'^/\\:|]|(?!\x7f)\p{Cc}/gu, "_")
    .replace(/^ +| +$/g, underscores);
  return reservedOnWindows.test(name) ? "_" : name.slice(0, 255);
}

function underscores(text: string): string {
  return "_".repeat(text.length);
}

const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;
