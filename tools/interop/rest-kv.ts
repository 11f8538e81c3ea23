import { type Reply, send } from "../raw-request";
import type { Implementation, KvOperation, Outcome } from "./operation";

interface Envelope {
  errors: { message: string }[];
  result: unknown;
  result_info: { cursor: string };
}

/** The REST API's side of the comparison. */
export function restKv(namespaceUrl: string, token: string): Implementation {
  return (operation) =>
    play(operation, async (method, path, content) => {
      const encoded = new Response(content);
      const contentType = encoded.headers.get("content-type") ?? "application/octet-stream";
      const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
      const body = content === undefined ? undefined : Buffer.from(await encoded.arrayBuffer());
      return send({ method, url: namespaceUrl + path, headers, body });
    });
}

type Call = (method: string, path: string, content?: string | FormData) => Promise<Reply>;

function play(operation: KvOperation, call: Call): Promise<Outcome> {
  switch (operation.type) {
    case "put":
      return put(operation, call);
    case "delete":
      return written(call("DELETE", `/values/${encodeURIComponent(operation.key)}`));
    case "get":
      return get(operation.key, call);
    case "getBulk":
      return getBulk(operation, call);
    case "list":
      return list(operation, call);
  }
}

function put(operation: Extract<KvOperation, { type: "put" }>, call: Call): Promise<Outcome> {
  const { key, value, metadata, expiration, expirationTtl } = operation;
  const query = new URLSearchParams();
  if (expiration !== undefined) query.set("expiration", String(expiration));
  if (expirationTtl !== undefined) query.set("expiration_ttl", String(expirationTtl));
  const form = new FormData();
  form.set("value", new Blob([new Uint8Array(value)]));
  if (metadata !== undefined) form.set("metadata", JSON.stringify(metadata));
  return written(call("PUT", `/values/${encodeURIComponent(key)}?${query}`, form));
}

async function get(key: string, call: Call): Promise<Outcome> {
  const value = await call("GET", `/values/${encodeURIComponent(key)}`);
  if (value.status === 404) return { result: null };
  if (value.status !== 200) return refusalOf(value);
  const metadata = await call("GET", `/metadata/${encodeURIComponent(key)}`);
  return { result: { value: value.body.toString("hex"), metadata: envelopeOf(metadata).result } };
}

async function getBulk({ keys, as }: Extract<KvOperation, { type: "getBulk" }>, call: Call): Promise<Outcome> {
  const reply = await call("POST", "/bulk/get", JSON.stringify({ keys, type: as, withMetadata: true }));
  if (reply.status !== 200) return refusalOf(reply);
  const { values } = envelopeOf(reply).result as { values: Record<string, Found> };
  const found = Object.entries(values).map(([key, entry]) => [key, entry && [entry.value, entry.metadata]]);
  return { result: found };
}

type Found = { value: unknown; metadata: unknown } | null;

async function list({ prefix, limit }: Extract<KvOperation, { type: "list" }>, call: Call): Promise<Outcome> {
  const pages: unknown[] = [];
  const query = new URLSearchParams();
  if (prefix !== undefined) query.set("prefix", prefix);
  if (limit !== undefined) query.set("limit", String(limit));
  do {
    const reply = await call("GET", `/keys?${query}`);
    if (reply.status !== 200) return refusalOf(reply);
    const { result, result_info } = envelopeOf(reply);
    pages.push(result);
    query.set("cursor", result_info.cursor);
  } while (query.get("cursor") !== "" && pages.length < 3);
  return { result: { pages, isComplete: query.get("cursor") === "" } };
}

async function written(answer: Promise<Reply>): Promise<Outcome> {
  const reply = await answer;
  return reply.status === 200 ? { result: "done" } : refusalOf(reply);
}

/** Without the operation's name before the text. */
function refusalOf(reply: Reply): Outcome {
  const text = envelopeOf(reply).errors.map(({ message }) => message.replace(/^[a-z ]+: '(.*)'$/s, "$1"));
  return { refusal: `${reply.status} ${text.join()}` };
}

function envelopeOf(reply: Reply): Envelope {
  return JSON.parse(reply.body.toString()) as Envelope;
}
