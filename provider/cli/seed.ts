import { statSync } from "node:fs";
import { createCore } from "../index";
import { type Asset, fileAsset } from "../pulumi/asset";
import type { Call, CheckFailure, CreateResult, Properties, ResourceProvider } from "../pulumi/resource-provider";
import { type Archive, directoryArchive } from "../resources/key-value-set/source/archive";
import { counted } from "./progress";

/** What a namespace of an emulator holds from the start. */
export interface Seed {
  /** Any file that a set reads, or a folder whose files are values. */
  readonly file: string;
  /** The namespace, which is made where there is none. */
  readonly title: string;
  /** Whether a value that is no text is stored as JSON. */
  readonly jsonValues: boolean;
}

/** The account of the documentation's examples. */
const usualAccount = "0123456789abcdef0123456789abcdef";

/**
 * Writes each seed as a program's set does, with the same rules and messages.
 *
 * @param baseUrl An emulator's.
 * @returns a line for each.
 * @throws Error with a sentence where one cannot be read: then nothing is written.
 */
export async function sow(seeds: readonly Seed[], baseUrl: string): Promise<string[]> {
  const core = createCore();
  const accountId = process.env.CLOUDFLARE_ACCOUNT_ID || usualAccount;
  const env = { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" };
  core.configure({ args: { accountId, apiToken: "seed", baseUrl }, stack: {}, env });
  const provider = (name: string) => {
    const type = core.resources.get(`cloudflare-kv:index:${name}`);
    if (type === undefined) throw new Error(`there is no ${name}`);
    return type.provider;
  };
  try {
    const lines: string[] = [];
    for (const { file, jsonValues } of seeds) {
      await check(
        provider("KeyValueSet"),
        { namespaceId: "0".repeat(32), jsonValues, source: sourceOf(file) },
        () => {},
      );
    }
    for (const { file, title, jsonValues } of seeds) {
      const source = sourceOf(file);
      const { outs } = await create(provider("Namespace"), { title, adopt: true }, file);
      const set = { namespaceId: outs.namespaceId, adopt: true, jsonValues, source };
      const created = await create(provider("KeyValueSet"), set, file);
      lines.push(`${JSON.stringify(title)} has the ${counted(Number(created.outs.count), "key")} of ${file}`);
    }
    return lines;
  } finally {
    core.cancel();
  }
}

function sourceOf(path: string): Asset | Archive {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found.isDirectory() ? directoryArchive(path) : fileAsset(path);
}

async function create(provider: ResourceProvider, news: Properties, file: string): Promise<CreateResult> {
  const { inputs, call } = await check(provider, news, (text) => console.error(`${file}: ${text}`));
  return provider.create(inputs, call);
}

/** @throws Error with what is wrong, each with its place in a line. */
async function check(
  provider: ResourceProvider,
  news: Properties,
  warn: (text: string) => void,
): Promise<{ readonly inputs: Properties; readonly call: Call }> {
  const log = { info: () => {}, warning: warn, status: () => {} };
  const call: Call = { urn: "", preview: false, signal: new AbortController().signal, log };
  const { inputs, failures } = await provider.check({}, news, call);
  if (failures.length > 0) throw new Error(failures.map(sentenceOf).join("\n"));
  return { inputs, call };
}

/** The reason alone tells the place in a file. */
function sentenceOf({ property, reason }: CheckFailure): string {
  return property === "" ? reason : `${property}: ${reason}`;
}
