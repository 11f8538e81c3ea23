import type { Emulator } from "../../provider/emulator/emulator";

/** Their user agent. */
export const stranger = "stranger";

export const accountId = "0123456789abcdef0123456789abcdef";

/** Somebody else who writes and deletes in a namespace of his own and into ours, under names that we never use. */
export class Strangers {
  /** What they wrote: values by key, by the id of the namespace. */
  readonly written = new Map<string, Map<string, string>>();
  #count = 0;

  constructor(
    private readonly emulator: Emulator,
    private readonly token: string,
  ) {}

  get count(): number {
    return this.#count;
  }

  async settle(): Promise<void> {
    await this.#send("POST", "", JSON.stringify({ title: "foreign" }));
    await this.write(this.#idOf("foreign") ?? "");
  }

  /** Into the namespace with this title, where there is one, and else into their own. */
  async visit(title: string): Promise<void> {
    const id = this.#count % 3 === 0 ? undefined : this.#idOf(title);
    await this.write(id ?? this.#idOf("foreign") ?? "");
  }

  /** Writes a key of theirs, or now and then deletes one. */
  async write(namespaceId: string): Promise<void> {
    this.#count++;
    const written = this.written.get(namespaceId) ?? new Map<string, string>();
    this.written.set(namespaceId, written);
    const [key, value] = [`foreign-${this.#count % 4}`, `foreign value ${this.#count}`];
    if (this.#count % 3 === 0 && written.delete(key)) return this.#send("DELETE", pathOf(namespaceId, key));
    await this.put(namespaceId, key, value);
    written.set(key, value);
  }

  /** What is put in this way alone is not theirs. */
  put(namespaceId: string, key: string, value: string): Promise<void> {
    return this.#send("PUT", pathOf(namespaceId, key), value);
  }

  #idOf(title: string): string | undefined {
    return this.emulator.namespaces().find((namespace) => namespace.title === title)?.id;
  }

  async #send(method: string, path: string, body?: string): Promise<void> {
    const url = `${this.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
    const headers = { authorization: `Bearer ${this.token}`, "user-agent": stranger };
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    if (!response.ok) throw new Error(`a stranger's ${method} ${path} was answered with ${response.status}`);
  }
}

function pathOf(namespaceId: string, key: string): string {
  return `/${namespaceId}/values/${encodeURIComponent(key)}`;
}
