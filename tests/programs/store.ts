import type { Emulator } from "../../provider/emulator/emulator";
import { accountId } from "../../tools/stack/world";
import type { Store, StoredValue } from "./program";

/** All that is in the store, as a program's expectations say it. */
export function storeOf(emulator: Emulator): Store {
  const namespaces = emulator.namespaces().map(({ id, title }) => {
    const keys = emulator.keys(id).map((key) => [key, storedValue(emulator, id, key)]);
    return [title.replace(/-[0-9a-f]{7}$/, "?"), Object.fromEntries(keys)] as const;
  });
  return Object.fromEntries(namespaces.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function storedValue(emulator: Emulator, namespaceId: string, key: string): StoredValue {
  const { value, metadata, expiration } = emulator.entry(namespaceId, key) ?? { value: Buffer.of() };
  const text = value.toString("utf8");
  const more = {
    ...(!isNone(metadata) && { metadata }),
    ...(!isNone(expiration) && { expires: true as const }),
  };
  return Object.keys(more).length === 0 ? text : { value: text, ...more };
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Puts it there as somebody else would. */
export async function fill(emulator: Emulator, store: Store): Promise<void> {
  for (const [title, keys] of Object.entries(store)) {
    await send(emulator, "POST", "", JSON.stringify({ title }));
    const namespace = emulator.namespaces().find((one) => one.title === title);
    const pairs = Object.entries(keys).map(([key, value]) => ({
      key,
      ...(typeof value === "string" ? { value } : value),
    }));
    if (pairs.length > 0) await send(emulator, "PUT", `/${namespace?.id}/bulk`, JSON.stringify(pairs));
  }
}

/** `<title>/<key>` gets this value, or goes where it is null. */
export async function meddle(emulator: Emulator, place: string, value: string | null): Promise<void> {
  const [title = "", ...rest] = place.split("/");
  const namespace = emulator.namespaces().find((one) => one.title === title);
  const path = `/${namespace?.id}/values/${encodeURIComponent(rest.join("/"))}`;
  await (value === null ? send(emulator, "DELETE", path) : send(emulator, "PUT", path, value));
}

async function send({ url }: Emulator, method: string, path: string, body?: string): Promise<void> {
  const headers = { authorization: "Bearer somebody-else" };
  const response = await fetch(`${url}/accounts/${accountId}/storage/kv/namespaces${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
}
