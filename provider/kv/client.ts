import { FormData } from "undici";
import type { z } from "zod";
import {
  type BulkValue,
  bulkResultSchema,
  bulkValue,
  bulkValuesSchema,
  envelopeSchema,
  type KvNamespace,
  keysSchema,
  type ListedKey,
  malformed,
  namespaceSchema,
  namespacesSchema,
  parse,
  parsePage,
} from "./answers";
import { ByteBudget } from "./byte-budget";
import type { Clock } from "./clock";
import { type Entry, type KeyAddress, keyProblem, type NamespaceAddress, serializeMetadata } from "./entry";
import { CloudflareError, codes } from "./error";
import { limits } from "./limits";
import { describeRequest, type Request } from "./request";
import type { Transport } from "./transport";

export interface KeysPage {
  readonly keys: readonly ListedKey[];
  /** Where the next page begins; undefined when this is the last. */
  readonly cursor: string | undefined;
}

export interface ReadValue {
  readonly value: Buffer;
  /** Unix seconds; undefined when the key does not expire. */
  readonly expiration: number | undefined;
}

/** How one call behaves; see `Request`. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((message: string) => void) | undefined;
  readonly hidesKeys?: boolean | undefined;
}

/** A namespace that was just created is not known everywhere at once. */
const newNamespaceGraceMs = 10_000;
/** A hundred times as many namespaces as an account may have. */
const maxNamespacePages = 100;
const maxBulkBytesInFlight = 64 * 1024 * 1024;

/** The Workers KV REST API: one method for each endpoint that the provider uses. */
export class Client {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #createdAt = new Map<string, number>();
  /** Bounds the bodies of all bulk writes together: each is held twice, as text and as bytes. */
  readonly bulkBytes = new ByteBudget(maxBulkBytesInFlight);

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** How much of the credential's budget of requests is used, from 0 to 1. */
  get usedShare(): number {
    return this.#transport.usedShare;
  }

  /**
   * All namespaces of the account, in pages of 1,000.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/list/
   */
  async listNamespaces(accountId: string, options: CallOptions = {}): Promise<KvNamespace[]> {
    const all = new Map<string, KvNamespace>();
    for (let page = 1; ; page++) {
      const before = all.size;
      const query = `?page=${page}&per_page=${limits.maxNamespacesPerPage}`;
      const request = get(`${path`/accounts/${accountId}/storage/kv/namespaces`}${query}`, options);
      const { items, page: info } = parsePage(namespacesSchema, await this.#envelope(request), request);
      for (const namespace of items) all.set(namespace.id, namespace);
      const total = info?.total_count ?? Number.POSITIVE_INFINITY;
      // A page that brings nothing new is the last, even from a server that does not know pages.
      if (all.size === before || all.size >= total) return [...all.values()];
      if (page === maxNamespacePages) throw malformed(request, `it has more than ${page} pages: no end in sight`);
    }
  }

  /**
   * Never repeated blindly: after an ambiguous failure look for the title.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/create/
   */
  async createNamespace(
    accountId: string,
    body: { title: string; jurisdiction?: string | undefined; mode?: string | undefined },
    options: CallOptions = {},
  ): Promise<KvNamespace> {
    const request: Request = {
      method: "POST",
      path: path`/accounts/${accountId}/storage/kv/namespaces`,
      ...json(body),
      idempotent: false,
      ...options,
    };
    const namespace = parse(namespaceSchema, (await this.#envelope(request)).result, request);
    this.#createdAt.set(namespace.id, this.#clock.now());
    return namespace;
  }

  /** @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/get/ */
  async getNamespace(accountId: string, namespaceId: string, options: CallOptions = {}): Promise<KvNamespace> {
    const request = get(path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`, options);
    const namespace = parse(namespaceSchema, (await this.#envelope(request)).result, request);
    if (namespace.id !== namespaceId) throw malformed(request, "it is about another namespace");
    return namespace;
  }

  /** @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/update/ */
  async renameNamespace(
    accountId: string,
    namespaceId: string,
    title: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#envelope({
      method: "PUT",
      path: path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`,
      ...json({ title }),
      idempotent: true,
      ...this.#retryNewNamespace(namespaceId),
      ...options,
    });
  }

  /**
   * Deletes the namespace with all its keys, without asking.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/delete/
   */
  async deleteNamespace(accountId: string, namespaceId: string, options: CallOptions = {}): Promise<void> {
    await this.#envelope({
      method: "DELETE",
      path: path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`,
      idempotent: true,
      ...options,
    });
  }

  /**
   * One page of keys in the order of their bytes. A page may be empty and yet have a cursor: only a missing
   * cursor says that the list has ended.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/subresources/keys/methods/list/
   */
  async listKeys(
    { accountId, namespaceId }: NamespaceAddress,
    {
      limit = limits.maxKeysPerPage,
      prefix = "",
      cursor,
      ...options
    }: CallOptions & { limit?: number; prefix?: string; cursor?: string | undefined } = {},
  ): Promise<KeysPage> {
    const keys = path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/keys`;
    const query = Object.entries({ limit, prefix, cursor }).filter(([, value]) => value);
    const request = get(
      `${keys}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`).join("&")}`,
      options,
    );
    const { items, page } = parsePage(keysSchema, await this.#envelope(request), request);
    // Whoever deletes what is listed must not delete beyond what was asked for.
    if (!items.every(({ name }) => name.startsWith(prefix)))
      throw malformed(request, "it lists keys beyond the prefix");
    if (!items.every(({ name }) => isListable(name))) throw malformed(request, "it lists keys that cannot exist");
    const next = page?.cursor || undefined;
    if (next !== undefined && next === cursor) {
      throw new CloudflareError(
        `${describeRequest(request)} was answered with the cursor that was sent: no end in sight`,
      );
    }
    return { keys: items, cursor: next };
  }

  /** @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/subresources/values/methods/get/ */
  async getValue(address: KeyAddress, options: CallOptions = {}): Promise<ReadValue> {
    const answer = await this.#transport.send({ ...get(keyPath("values", address), options), rawAnswer: true });
    const expiration = /^\d{1,15}$/.exec(String(answer.headers.expiration))?.[0];
    return { value: answer.body, expiration: expiration === undefined ? undefined : Number(expiration) };
  }

  /**
   * The key's metadata; null when it has none.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/subresources/metadata/methods/get/
   */
  async getMetadata(address: KeyAddress, options: CallOptions = {}): Promise<unknown> {
    return (await this.#envelope(get(keyPath("metadata", address), options))).result ?? null;
  }

  /**
   * Replaces value, metadata and expiration together.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/subresources/values/methods/update/
   */
  async putValue(address: KeyAddress, entry: Entry, options: CallOptions = {}): Promise<void> {
    await this.#envelope({
      method: "PUT",
      path: keyPath("values", address) + expirationQuery(entry),
      ...valueBody(entry),
      idempotent: true,
      ...this.#retryNewNamespace(address.namespaceId),
      ...options,
    });
  }

  /**
   * Succeeds for a key that does not exist.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/subresources/values/methods/delete/
   */
  async deleteValue(address: KeyAddress, options: CallOptions = {}): Promise<void> {
    await this.#envelope({ method: "DELETE", path: keyPath("values", address), idempotent: true, ...options });
  }

  /**
   * Writes up to 10,000 pairs, each as in `putValue`: all of them or, when one is refused, none.
   *
   * @param body A JSON array of so many pairs. Where it is more than one, a timeout is not repeated: send fewer.
   * @returns the keys that were not written everywhere and should be sent again; undefined where there are some, and the
   * answer does not name them.
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_update/
   */
  putBulk(
    namespace: NamespaceAddress,
    body: Buffer,
    count: number,
    options: CallOptions = {},
  ): Promise<readonly string[] | undefined> {
    const retry = this.#retryNewNamespace(namespace.namespaceId);
    return this.#bulkWrite("PUT", "bulk", namespace, body, count, { ...retry, ...options });
  }

  /**
   * Deletes up to 10,000 keys, whether they exist or not.
   *
   * @param body A JSON array of so many keys. Where it is more than one, a timeout is not repeated: send fewer.
   * @returns the keys that were not deleted everywhere and should be sent again; undefined where there are some, and the
   * answer does not name them.
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_delete/
   */
  deleteBulk(
    namespace: NamespaceAddress,
    body: Buffer,
    count: number,
    options: CallOptions = {},
  ): Promise<readonly string[] | undefined> {
    return this.#bulkWrite("POST", "bulk/delete", namespace, body, count, options);
  }

  /**
   * Reads up to 100 keys, whose values must all be text; a key that does not exist is missing in the map.
   *
   * @see https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_get/
   */
  async getBulk(
    { accountId, namespaceId }: NamespaceAddress,
    keys: readonly string[],
    options: CallOptions = {},
  ): Promise<Map<string, BulkValue>> {
    const request: Request = {
      method: "POST",
      path: path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/bulk/get`,
      ...json({ keys, type: "text", withMetadata: true }),
      idempotent: true,
      readOnly: true,
      ...options,
    };
    const { values } = parse(bulkValuesSchema, (await this.#envelope(request)).result, request);
    return new Map(Object.entries(values).flatMap(([key, value]) => bulkValue(key, value, request)));
  }

  async #bulkWrite(
    method: "PUT" | "POST",
    what: string,
    { accountId, namespaceId }: NamespaceAddress,
    body: Buffer,
    count: number,
    options: CallOptions & Pick<Request, "retryCode">,
  ): Promise<readonly string[] | undefined> {
    const request: Request = {
      method,
      path: `${path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`}/${what}`,
      contentType: "application/json",
      body,
      // A list of keys to delete has none.
      secrets: method === "PUT" ? [body] : [],
      idempotent: true,
      divisible: count > 1,
      ...options,
    };
    const { result } = await this.#envelope(request);
    const { successful_key_count: done, unsuccessful_keys: left } = parse(bulkResultSchema, result, request) ?? {};
    const named = left ?? [];
    return (done ?? count) + named.length < count ? undefined : named;
  }

  async #envelope(request: Request): Promise<z.output<typeof envelopeSchema>> {
    const answer = await this.#transport.send(request);
    return parse(envelopeSchema, answer.json, request, answer);
  }

  /** "Namespace not found" passes by itself when this process has just created it. */
  #retryNewNamespace(namespaceId: string): Pick<Request, "retryCode"> {
    const createdAt = this.#createdAt.get(namespaceId);
    if (createdAt === undefined) return {};
    return { retryCode: { code: codes.namespaceNotFound, untilMs: createdAt + newNamespaceGraceMs } };
  }
}

function isListable(name: string): boolean {
  return name !== "" && name.isWellFormed() && Buffer.byteLength(name) <= limits.maxKeyBytes;
}

/** Encodes every interpolation as one path segment, exactly once. */
function path(strings: TemplateStringsArray, ...segments: string[]): string {
  return String.raw({ raw: strings }, ...segments.map(encodeURIComponent));
}

function keyPath(what: "values" | "metadata", { accountId, namespaceId, key }: KeyAddress): string {
  const problem = keyProblem(key);
  if (problem) throw new CloudflareError(`The key ${problem}`);
  return `${path`/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`}/${what}/${encodeURIComponent(key)}`;
}

function get(requestPath: string, options: CallOptions): Request {
  return { method: "GET", path: requestPath, idempotent: true, ...options };
}

function json(body: unknown): Pick<Request, "contentType" | "body"> {
  return { contentType: "application/json", body: Buffer.from(JSON.stringify(body)) };
}

function expirationQuery({ expiration, expirationTtl }: Entry): string {
  if (expiration !== undefined) return `?expiration=${expiration}`;
  return expirationTtl === undefined ? "" : `?expiration_ttl=${expirationTtl}`;
}

/** Raw bytes, so that no encoding touches them; with metadata a form, which undici labels itself. */
function valueBody({ value, metadata }: Entry): Pick<Request, "contentType" | "body" | "secrets"> {
  const serialized = serializeMetadata(metadata);
  if (serialized === undefined) return { contentType: "application/octet-stream", body: value, secrets: [value] };
  const form = new FormData();
  form.append("value", new Blob([new Uint8Array(value)]));
  form.append("metadata", serialized);
  return { body: form, secrets: [value, Buffer.from(serialized)] };
}
