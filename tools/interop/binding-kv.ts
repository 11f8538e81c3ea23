import type { Implementation, KvOperation, Outcome } from "./operation";

/** As much of a Worker's KV binding as is called here. */
export interface KvBinding {
  put(key: string, value: Uint8Array, options: object): Promise<void>;
  delete(key: string): Promise<void>;
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  getWithMetadata(key: string, type: "arrayBuffer"): Promise<{ metadata: unknown }>;
  getWithMetadata(
    keys: string[],
    type: "text" | "json",
  ): Promise<Map<string, { value: unknown; metadata: unknown } | null>>;
  list(options: object): Promise<{ keys: unknown[]; list_complete: boolean; cursor?: string }>;
}

/** The binding's side of the comparison. */
export function bindingKv(kv: KvBinding): Implementation {
  return async (operation) => {
    try {
      return { result: await play(operation, kv) };
    } catch (error) {
      return refusalOf(error);
    }
  };
}

async function play(operation: KvOperation, kv: KvBinding): Promise<unknown> {
  switch (operation.type) {
    case "put": {
      const { key, value, metadata, expiration, expirationTtl } = operation;
      await kv.put(key, value, { metadata, expiration, expirationTtl });
      return "done";
    }
    case "delete":
      await kv.delete(operation.key);
      return "done";
    case "get": {
      const value = await kv.get(operation.key, "arrayBuffer");
      if (value === null) return null;
      const { metadata } = await kv.getWithMetadata(operation.key, "arrayBuffer");
      return { value: Buffer.from(value).toString("hex"), metadata };
    }
    case "getBulk": {
      const found = [...(await kv.getWithMetadata(operation.keys, operation.as))];
      return found.map(([key, entry]) => [key, entry && [entry.value, entry.metadata]]);
    }
    case "list":
      return list(operation, kv);
  }
}

async function list({ prefix, limit }: Extract<KvOperation, { type: "list" }>, kv: KvBinding): Promise<unknown> {
  const pages: unknown[] = [];
  let cursor: string | undefined;
  let isComplete = false;
  while (!isComplete && pages.length < 3) {
    const page = await kv.list({ prefix, limit, cursor });
    pages.push(page.keys);
    isComplete = page.list_complete;
    cursor = page.cursor;
  }
  return { pages, isComplete };
}

/** Without the operation's name before the text. */
function refusalOf(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return { refusal: message.replace(/^KV \w+ failed: /, "") };
}
