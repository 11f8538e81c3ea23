import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmulator } from "../../provider/emulator/emulator";
import { standIn } from "../scenarios/stand-in";

const body = `
const ns = new kv.Namespace("ns", { title: "data" });
new kv.KeyValue("a", { namespaceId: ns.namespaceId, key: "a", value: "one" });
`;

/** One program in each form that a Node.js program of Pulumi can have. */
const programs: Readonly<Record<string, { readonly main: string; readonly type: string; readonly text: string }>> = {
  "a CommonJS program": {
    main: "index.js",
    type: "commonjs",
    text: `const kv = require("pulumi-cloudflare-kv");${body}`,
  },
  "an ES module": {
    main: "index.js",
    type: "module",
    text: `import * as kv from "pulumi-cloudflare-kv";${body}export const id = ns.id;\n`,
  },
  "a TypeScript program": {
    main: "index.ts",
    type: "commonjs",
    text: `import * as kv from "pulumi-cloudflare-kv";${body}export const id: unknown = ns.id;\n`,
  },
};

const tsconfig = '{"compilerOptions":{"strict":true,"target":"es2022","module":"nodenext","skipLibCheck":true}}';

export const programNames = Object.keys(programs);

/** Brings the program up and down again, below a folder in which the package is installed; throws what went wrong. */
export async function playProgram(name: string, installed: string): Promise<void> {
  const program = programs[name];
  if (!program) throw new Error(`there is no program ${name}`);
  const dir = join(installed, name.replaceAll(" ", "-"));
  mkdirSync(dir);
  writeFileSync(join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, type: program.type, main: program.main }));
  writeFileSync(join(dir, program.main), program.text);
  if (program.main.endsWith(".ts")) writeFileSync(join(dir, "tsconfig.json"), tsconfig);
  const emulator = await startEmulator();
  try {
    const config = {
      "cloudflare-kv:accountId": "0123456789abcdef0123456789abcdef",
      "cloudflare-kv:apiToken": "token",
      "cloudflare-kv:baseUrl": emulator.url,
    };
    const engine = standIn({ dir, project: "project", config, secretConfig: ["cloudflare-kv:apiToken"], env: {} });
    for (const operate of [engine.up, engine.preview, engine.destroy]) {
      const { ok, text, printed } = await operate();
      if (!ok) throw new Error(`${text}\n${printed}`);
      if (operate === engine.up && emulator.keys(emulator.namespaces()[0]?.id ?? "").join() !== "a") {
        throw new Error("the key was not written");
      }
    }
  } finally {
    await emulator.close();
  }
}
