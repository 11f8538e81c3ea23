import { readFileSync } from "node:fs";
import type { Template } from "./template";

/** What a provider is tried with. The README beside this file explains each member. */
export interface CaseFile {
  readonly services: Readonly<Record<string, ServiceCase>>;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: { readonly [name: string]: Template };
  readonly writes?: WritesProbe;
  readonly setup: Readonly<Record<string, SetupCase>>;
  readonly resources: readonly ResourceCase[];
}

export interface ServiceCase {
  readonly command: readonly string[];
  readonly ready: string;
}

/** By which writes are seen: a list that grows, less what does not count, or a document that changes. */
export interface WritesProbe {
  readonly url: string;
  readonly where: Readonly<Record<string, readonly (string | number)[]>>;
}

export interface SetupCase {
  readonly type: string;
  readonly inputs: { readonly [name: string]: Template };
}

export interface ResourceCase {
  readonly type: string;
  /** Each of them generates valid inputs. */
  readonly inputs: readonly { readonly [name: string]: Template }[];
  /** Properties that an update cannot change. */
  readonly replaces: readonly string[];
  /** An id by which nothing is found, where a Delete leaves something that is. */
  readonly missing?: string;
}

/** @throws TypeError with a sentence that names the place. */
export function readCaseFile(file: string): CaseFile {
  return parseCase(JSON.parse(readFileSync(file, "utf8")));
}

export function parseCase(content: unknown): CaseFile {
  const { services, args, env, config, writes, setup, resources } = members(content, "", [
    ...["services", "args", "env", "config", "writes", "setup", "resources"],
  ]);
  return {
    services: mapOf(services, "services", serviceOf),
    args: listOf(args, "args", textOf),
    env: mapOf(env, "env", textOf),
    config: templateOf(config ?? {}, "config"),
    ...(writes !== undefined && { writes: writesOf(writes) }),
    setup: mapOf(setup, "setup", setupOf),
    resources: listOf(resources, "resources", resourceOf),
  };
}

function serviceOf(value: unknown, place: string): ServiceCase {
  const { command, ready } = members(value, place, ["command", "ready"]);
  return { command: listOf(command, `${place}.command`, textOf), ready: textOf(ready, `${place}.ready`) };
}

function writesOf(value: unknown): WritesProbe {
  const { url, where } = members(value, "writes", ["url", "where"]);
  const allowed = (list: unknown, place: string) => listOf(list, place, (item) => item as string | number);
  return { url: textOf(url, "writes.url"), where: mapOf(where, "writes.where", allowed) };
}

function setupOf(value: unknown, place: string): SetupCase {
  const { type, inputs } = members(value, place, ["type", "inputs"]);
  return { type: textOf(type, `${place}.type`), inputs: templateOf(inputs, `${place}.inputs`) };
}

function resourceOf(value: unknown, place: string): ResourceCase {
  const { type, inputs, replaces, missing } = members(value, place, ["type", "inputs", "replaces", "missing"]);
  const templates = listOf(inputs, `${place}.inputs`, templateOf);
  if (templates.length === 0) throw new TypeError(`${place}.inputs must not be empty`);
  return {
    type: textOf(type, `${place}.type`),
    inputs: templates,
    replaces: listOf(replaces, `${place}.replaces`, textOf),
    ...(missing !== undefined && { missing: textOf(missing, `${place}.missing`) }),
  };
}

function templateOf(value: unknown, place: string): { readonly [name: string]: Template } {
  return recordOf(value, place) as { readonly [name: string]: Template };
}

function members(value: unknown, place: string, names: readonly string[]): Readonly<Record<string, unknown>> {
  const record = recordOf(value, place || "a case file");
  const stranger = Object.keys(record).find((name) => !names.includes(name));
  if (stranger === undefined) return record;
  throw new TypeError(`${place ? `${place}.` : ""}${stranger} is not a member here; there are ${names.join(", ")}`);
}

function mapOf<T>(value: unknown, place: string, item: (value: unknown, place: string) => T): Record<string, T> {
  const entries = Object.entries(recordOf(value ?? {}, place));
  return Object.fromEntries(entries.map(([name, part]) => [name, item(part, `${place}.${name}`)]));
}

function listOf<T>(value: unknown, place: string, item: (value: unknown, place: string) => T): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`${place} must be a list`);
  return value.map((part, index) => item(part, `${place}[${index}]`));
}

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`${place} must be an object`);
}

function textOf(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${place} must be a string`);
}
