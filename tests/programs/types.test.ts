import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { complaintsOf } from "../typecheck";
import { catalogue } from "./program";

const typeRoots = [join(catalogue, "..", "..", "node_modules", "@types")];

test("every TypeScript program of the catalogue fits the types, as strict as they can be checked", () => {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-types-"));
  try {
    expect(complaintsOf(dir, [join(catalogue, "typescript", "*", "*.ts")], { typeRoots })).toBe("");
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 120_000);
