import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../provider/emulator/emulator";
import { packageFolder } from "../stack/real";
import type { Declaration, Door } from "../stack/stack";
import { World } from "../stack/world";
import { files, program } from "./program";
import { folder, type RecordedResource, type RecordedState, type StoredNamespace } from "./state";

const doors: readonly Door[] = ["dynamic", "plugin"];
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** `npm run record:state -- <version>`: see the head of states.test.ts. */
async function main(version = ""): Promise<void> {
  if (version === "") throw new Error("expected the version: npm run record:state -- <version>");
  for (const door of doors) {
    const world = await World.create(door, "real");
    try {
      const text = `${JSON.stringify(await record(world), undefined, 1)}\n`;
      writeFileSync(join(folder, `${version}.${door}.json`), text);
    } finally {
      await world.close();
    }
  }
}

async function record(world: World): Promise<RecordedState> {
  for (const { path, text } of files) world.write(path, text ?? "");
  await world.up(...declarable());
  const exported = await world.engine.run("stack", "export", "--show-secrets");
  const { deployment } = JSON.parse(exported, unwrapped);
  return { resources: deployment.resources.flatMap(ours), store: storeOf(world.emulator) };
}

/** What the version knows: the earliest has no sets. */
function declarable(): Declaration[] {
  const schema = JSON.parse(readFileSync(join(packageFolder, "provider", "schema.json"), "utf8"));
  return program.filter(({ type }) => `cloudflare-kv:index:${type}` in schema.resources);
}

function unwrapped(_: string, value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && Object.values(value).includes(secretSignature);
  return isSecret ? JSON.parse(String(Reflect.get(value, "plaintext")), unwrapped) : value;
}

interface ExportedResource extends Omit<RecordedResource, "type" | "name"> {
  readonly urn: string;
  readonly type: string;
}

function ours({ urn, type, id, inputs, outputs }: ExportedResource): RecordedResource[] {
  const [, name] = /cloudflare-kv:(?:index:)?(Namespace|KeyValue|KeyValueSet)$/.exec(type) ?? [];
  if (name === undefined) return [];
  return [{ type: name as RecordedResource["type"], name: urn.split("::").slice(3).join("::"), id, inputs, outputs }];
}

function storeOf(emulator: Emulator): StoredNamespace[] {
  return emulator.namespaces().map(({ id, title }) => ({
    id,
    title,
    entries: emulator.keys(id).map((key) => {
      const { value = Buffer.alloc(0), metadata, expiration } = emulator.entry(id, key) ?? {};
      return {
        key,
        valueBase64: Buffer.from(value).toString("base64"),
        ...(metadata === null ? {} : { metadata }),
        ...(expiration === undefined ? {} : { expiration }),
      };
    }),
  }));
}

main(process.argv[2]);
