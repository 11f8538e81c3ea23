import { statSync } from "node:fs";
import { createCore } from "../index";
import { type Asset, fileAsset } from "../pulumi/asset";
import type { Call, CheckFailure, Properties, ResourceProvider } from "../pulumi/resource-provider";
import { unknownValue } from "../pulumi/validate";
import { counted } from "../resources/key-value-set/format";
import { type Archive, directoryArchive } from "../resources/key-value-set/source/archive";

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
  const [namespaces, sets] = ["Namespace", "KeyValueSet"].map((name) =>
    core.resources.get(`cloudflare-kv:index:${name}`),
  );
  if (namespaces === undefined || sets === undefined) throw new Error("the provider has not what a seed needs");
  try {
    const checked: Checked[] = [];
    for (const [index, seed] of seeds.entries()) {
      const call = callOf(seed, index);
      const { jsonValues } = seed;
      // As in a preview, the namespace need not be there.
      const news = { namespaceId: unknownValue, adopt: true, jsonValues, source: sourceOf(seed.file) };
      checked.push({ seed, call, inputs: await check(sets.provider, news, call) });
    }
    const lines: string[] = [];
    for (const { seed, call, inputs } of checked) {
      const namespace = await check(namespaces.provider, { title: seed.title, adopt: true }, call);
      const { namespaceId } = (await namespaces.provider.create(namespace, call)).outs;
      const { outs } = await sets.provider.create({ ...inputs, namespaceId }, call);
      lines.push(`${JSON.stringify(seed.title)} has the ${counted(Number(outs.count), "key")} of ${seed.file}`);
    }
    return lines;
  } finally {
    core.cancel();
  }
}

/** A seed that was read, and has nothing wrong. */
interface Checked {
  readonly seed: Seed;
  readonly call: Call;
  readonly inputs: Properties;
}

/** Each seed is a set of its own; warnings are said with the file that they are about. */
function callOf({ file }: Seed, index: number): Call {
  const urn = `urn:pulumi:emulator::seed::cloudflare-kv:index:KeyValueSet::${index}`;
  const warning = (text: string) => console.error(`${file}: ${text}`);
  const log = { info: () => {}, warning, status: () => {} };
  return { urn, preview: false, signal: new AbortController().signal, log };
}

function sourceOf(path: string): Asset | Archive {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found.isDirectory() ? directoryArchive(path) : fileAsset(path);
}

/** @throws Error with what is wrong, each with its place in a line. */
async function check(provider: ResourceProvider, news: Properties, call: Call): Promise<Properties> {
  const { inputs, failures } = await provider.check({}, news, call);
  if (failures.length > 0) throw new Error(failures.map(sentenceOf).join("\n"));
  return inputs;
}

/** The reason alone tells the place in a file. */
function sentenceOf({ property, reason }: CheckFailure): string {
  return property === "" ? reason : `${property}: ${reason}`;
}
