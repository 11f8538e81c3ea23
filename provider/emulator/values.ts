import { type Answer, success } from "./answer";
import { ApiError, keyNotFound, refusal } from "./api-error";
import { type Call, isHidden, namespaceOf, viewOf } from "./call";
import { choices } from "./choices";
import { checkInstant, checkInstantPace } from "./instant";
import { isMultipart, parseMultipart } from "./multipart";
import { checkedKey, checkedMetadata, checkPace, checkValueLength, expirationOf } from "./pair";
import type { Pair } from "./store";

export function getValue(call: Call): Answer {
  const { value, expiration } = foundPair(call);
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  if (expiration !== null) headers.expiration = String(expiration);
  return { status: 200, headers, body: Buffer.from(value) };
}

export function getMetadata(call: Call): Answer {
  const { metadata } = foundPair(call);
  return success(metadata === null ? null : JSON.parse(metadata));
}

export function putValue(call: Call): Answer {
  const { route, limits, nowMs } = call;
  const key = checkedKey(route.key, limits);
  const namespace = namespaceOf(call);
  const form = isMultipart(call.contentType) ? formIn(call) : { value: call.body.bytes, metadata: undefined };
  const expiration = expirationOf(route.query.get("expiration"), route.query.get("expiration_ttl"), nowMs, limits);
  const metadata = checkedMetadata(form.metadata, limits);
  checkValueLength(form.value.length, limits);
  const pair = { key, value: form.value, metadata, expiration };
  checkInstant(call, namespace, [pair]);
  checkPace(call, namespace, [key]);
  checkInstantPace(call, namespace);
  call.store.write(namespace, [pair], nowMs);
  call.logged.writes = 1;
  return success(null);
}

export function deleteValue(call: Call): Answer {
  const key = checkedKey(call.route.key, call.limits);
  const namespace = namespaceOf(call);
  checkPace(call, namespace, [key]);
  checkInstantPace(call, namespace);
  call.store.remove(namespace, [key], call.nowMs);
  call.logged.deletes = 1;
  return success(null);
}

function foundPair(call: Call): Pair {
  const key = checkedKey(call.route.key, call.limits);
  const namespace = namespaceOf(call);
  const pair = isHidden(call, key) ? undefined : call.store.read(namespace, key, viewOf(call));
  if (pair === undefined) throw keyNotFound();
  return pair;
}

function formIn(call: Call): { value: Buffer; metadata: unknown } {
  const parts = parseMultipart(call.contentType, call.body.bytes);
  if (parts === undefined) throw refusal(choices.invalidRequest, "could not parse multipart request body");
  const value = parts.get("value");
  if (value === undefined) {
    throw refusal(choices.invalidRequest, "multipart put request does not contain required form field 'value'");
  }
  return { value, metadata: jsonIn(parts.get("metadata")) };
}

function jsonIn(part: Buffer | undefined): unknown {
  if (part === undefined) return undefined;
  try {
    return JSON.parse(part.toString());
  } catch {
    throw new ApiError(400, 10147, "metadata must be valid json", false);
  }
}
