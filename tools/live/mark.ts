import { randomBytes } from "node:crypto";

const name = "pulumi-cloudflare-kv live";
const pattern = /^\s*pulumi-cloudflare-kv live \d{8}T\d{6}Z-[0-9a-f]{8}(?: |$)/;

/** What every title of a run begins with: `pulumi-cloudflare-kv live 20261003T120000Z-0a1b2c3d`. */
export function newMark(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `${name} ${time}-${randomBytes(4).toString("hex")}`;
}

/** Whether a run of this tool has given the title. */
export function isMarked(title: string): boolean {
  return pattern.test(title);
}
