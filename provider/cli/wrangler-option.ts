import path from "node:path";
import type { Namespace } from "../emulator/namespace-table";
import { readConfiguration, type WranglerConfiguration } from "../emulator/wrangler/configuration";
import { layoutVersion } from "../emulator/wrangler/layout";
import { WranglerStore } from "../emulator/wrangler/wrangler-store";

export interface WranglerOption {
  /** The file, or its folder; by default the one of this folder or above it. */
  readonly configuration?: string;
  /** As it is given to wrangler; `.wrangler/state` beside the configuration by default. */
  readonly persistTo?: string;
}

/**
 * The local store of a project that wrangler serves, and what there is to say of it.
 *
 * @param say Is told of each namespace that nobody has declared when it is made.
 */
export function openWranglerStore(
  { configuration: given, persistTo }: WranglerOption,
  say: (line: string) => void,
): { readonly store: WranglerStore; readonly lines: string[] } {
  const configuration = readConfiguration(given);
  const state = persistTo ?? path.join(path.dirname(configuration.file), ".wrangler", "state");
  const root = path.resolve(state, layoutVersion);
  const onCreate = (namespace: Namespace) => say(linesToPaste(namespace, configuration));
  const store = new WranglerStore({ root, declared: configuration.namespaces, onCreate });
  return { store, lines: [`serving ${root}, the store of ${configuration.file}`, ...linesOf(store, configuration)] };
}

function linesOf(store: WranglerStore, { file, namespaces, aliases, remoteBindings }: WranglerConfiguration): string[] {
  const name = path.basename(file);
  const none = `${name} declares no KV namespace: a program can create one, and its lines for ${name} are printed here.`;
  return [
    ...store.namespaces.all().map(({ id, title }) => `  ${title}  ${id}${alias(id, store.localIdOf(id))}`),
    ...(namespaces.length === 0 && remoteBindings.length === 0 ? [none] : []),
    ...aliases.map(({ binding, title }) => `  ${binding} is the same namespace as ${title}.`),
    ...remoteBindings.map((binding) => `  ${binding} is remote: wrangler dev asks Cloudflare for it, not this store.`),
  ];
}

function alias(id: string, localId: string): string {
  return id === localId ? "" : ` (${JSON.stringify(localId)} for wrangler)`;
}

function linesToPaste({ id, title }: Namespace, { file, format, list, bindings }: WranglerConfiguration): string {
  const binding = freeBinding(title, bindings);
  const entry =
    format === "jsonc" ? `{ "binding": "${binding}", "id": "${id}" }` : `{ binding = "${binding}", id = "${id}" }`;
  const table = `  [[kv_namespaces]]\n  binding = "${binding}"\n  id = "${id}"`;
  const whole = format === "jsonc" ? `  "kv_namespaces": [${entry}]` : table;
  const where = list === "inline" ? `kv_namespaces in ${file}` : file;
  const lines = list === "inline" ? `  ${entry}` : whole;
  return `The namespace ${JSON.stringify(title)} was created. For a Worker to have it, add to ${where}:\n${lines}`;
}

/** In capitals, as bindings are, and none that is there already. */
function freeBinding(title: string, bindings: readonly string[]): string {
  const words = title.toUpperCase().match(/[A-Z0-9]+/g) ?? [];
  const name = (/^[A-Z]/.test(words[0] ?? "") ? words : ["KV", ...words]).join("_");
  for (let number = 1; ; number++) {
    const binding = number === 1 ? name : `${name}_${number}`;
    if (!bindings.includes(binding)) return binding;
  }
}
