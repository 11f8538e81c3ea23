import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type ParseError, parse as parseJsonc, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml, TomlError } from "smol-toml";

/** A namespace that a configuration declares, under one binding or under the same one in several environments. */
export interface DeclaredNamespace {
  /** Its name in the local store: `preview_id`, else `id`, else the binding. */
  readonly localId: string;
  /** The binding; `staging-FLAGS` in an environment whose binding is another namespace than that of the same name. */
  readonly title: string;
}

/** The part of a configuration of wrangler that is about KV. */
export interface WranglerConfiguration {
  readonly file: string;
  readonly format: "jsonc" | "toml";
  /** Whether it has a list of namespaces already, which a new one is to be added to. */
  readonly list: "none" | "inline" | "tables";
  readonly bindings: readonly string[];
  readonly namespaces: readonly DeclaredNamespace[];
  /** Bindings to a namespace that has the title of another one. */
  readonly aliases: readonly { readonly binding: string; readonly title: string }[];
  /** Bindings that `wrangler dev` does not keep on this machine. */
  readonly remoteBindings: readonly string[];
}

/** wrangler's own order: each is looked for all the way up before the next. */
const fileNames = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/**
 * Reads a configuration of wrangler.
 *
 * @param given A file, or a folder that has one; undefined looks in this folder and those above, as wrangler does.
 * @throws Error that names the file and the place in it, and never quotes it, for it may hold secrets.
 */
export function readConfiguration(given?: string): WranglerConfiguration {
  const file = given === undefined ? fileAbove(process.cwd()) : fileAt(given);
  const text = textOf(file);
  const format = file.endsWith(".toml") ? "toml" : "jsonc";
  const content = objectIn(format === "toml" ? tomlIn(text, file) : jsoncIn(text, file), file);
  const bindings = bindingsIn(content, file);
  const local = bindings.filter(({ isRemote }) => !isRemote);
  const isInline = format === "jsonc" || /^\s*kv_namespaces\s*=/m.test(text);
  return {
    ...{ file, format, ...namespacesOf(local, file) },
    list: content.kv_namespaces === undefined ? "none" : isInline ? "inline" : "tables",
    bindings: bindings.map(({ name }) => name),
    remoteBindings: [...new Set(bindings.filter(({ isRemote }) => isRemote).map(({ name }) => name))],
  };
}

function fileAbove(folder: string): string {
  const found = fileNames.map((name) => findUpwards(name, folder)).find((file) => file !== undefined);
  if (found !== undefined) return found;
  throw new Error(`there is no ${fileNames.join(", ")} in this folder or above it: give its path to --wrangler`);
}

function findUpwards(name: string, folder: string): string | undefined {
  const file = path.join(folder, name);
  if (isFile(file)) return file;
  const above = path.dirname(folder);
  return above === folder ? undefined : findUpwards(name, above);
}

function fileAt(given: string): string {
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) return path.resolve(given);
  const found = fileNames.map((name) => path.join(path.resolve(given), name)).find(isFile);
  if (found !== undefined) return found;
  throw new Error(`there is no ${fileNames.join(", ")} in ${given}`);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function jsoncIn(text: string, file: string): unknown {
  const errors: ParseError[] = [];
  const content = parseJsonc(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return content;
  const before = text.slice(0, first.offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new Error(`${file}:${before.length}:${column} is not JSON with comments: ${printParseErrorCode(first.error)}`);
}

function tomlIn(text: string, file: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.split("\n");
    throw new Error(`${file}:${error.line}:${error.column} is not TOML: ${reason}`);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`there is no ${file}: give the path of wrangler.jsonc or wrangler.toml`);
  }
}

/** One entry of a `kv_namespaces`. */
interface Binding {
  readonly name: string;
  readonly environment: string | undefined;
  readonly localId: string;
  readonly isRemote: boolean;
  /** For example `env.staging.kv_namespaces[0]`. */
  readonly place: string;
}

function bindingsIn({ env = {}, ...top }: Record<string, unknown>, file: string): Binding[] {
  const environments = Object.entries(objectIn(env, `${file}: env`));
  return [
    ...bindingsOf(top, undefined, file),
    ...environments.flatMap(([name, environment]) =>
      bindingsOf(objectIn(environment, `${file}: env.${name}`), name, file),
    ),
  ];
}

function bindingsOf(section: Record<string, unknown>, environment: string | undefined, file: string): Binding[] {
  const list = environment === undefined ? "kv_namespaces" : `env.${environment}.kv_namespaces`;
  const entries = section.kv_namespaces ?? [];
  if (!Array.isArray(entries)) throw new Error(`${file}: ${list} is not a list`);
  const bindings = entries.map((entry, index) => bindingOf(entry, environment, `${list}[${index}]`, file));
  const twice = bindings.find(({ name }, index) => bindings.slice(0, index).some((other) => other.name === name));
  if (twice === undefined) return bindings;
  throw new Error(`${file}: ${twice.place} has the binding "${twice.name}" of another entry: give each its own`);
}

function bindingOf(entry: unknown, environment: string | undefined, place: string, file: string): Binding {
  const { binding, id, preview_id: previewId, remote } = objectIn(entry, `${file}: ${place}`);
  if (typeof binding !== "string" || binding === "") throw new Error(`${file}: ${place} has no binding`);
  for (const [name, value] of Object.entries({ id, preview_id: previewId })) {
    if (value !== undefined && (typeof value !== "string" || value === "")) {
      throw new Error(`${file}: ${place}.${name} is not a text`);
    }
  }
  const localId = (previewId ?? id ?? binding) as string;
  return { name: binding, environment, localId, isRemote: remote === true, place };
}

function objectIn(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${place} is not an object`);
}

function namespacesOf(bindings: Binding[], file: string): Pick<WranglerConfiguration, "namespaces" | "aliases"> {
  const byLocalId = Map.groupBy(bindings, ({ localId }) => localId);
  const firsts = [...byLocalId.values()].flatMap(([first]) => first ?? []);
  const titles = new Map<string, Binding>();
  for (const binding of firsts) {
    const title = titleOf(binding, firsts);
    const other = titles.get(title);
    if (other !== undefined) throw new Error(sameTitle(other, binding, title, file));
    titles.set(title, binding);
  }
  const namespaces = [...titles].map(([title, { localId }]) => ({ localId, title }));
  const aliases = namespaces.flatMap(({ localId, title }) => {
    const [first, ...others] = (byLocalId.get(localId) ?? []).map(({ name }) => name);
    return [...new Set(others)].filter((name) => name !== first).map((binding) => ({ binding, title }));
  });
  return { namespaces, aliases };
}

function titleOf({ name, environment }: Binding, all: Binding[]): string {
  const isAlone = all.filter((other) => other.name === name).length === 1;
  return environment === undefined || isAlone ? name : `${environment}-${name}`;
}

function sameTitle(one: Binding, other: Binding, title: string, file: string): string {
  return `${file}: ${one.place} and ${other.place} would both have the title "${title}": rename one of the bindings`;
}
