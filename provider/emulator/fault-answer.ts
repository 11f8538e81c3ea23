import { type Answer, failure, json, text } from "./answer";
import type { FaultAction, StatusFault } from "./fault";

/** Whether the fault keeps the request from being carried out. */
export function preempts(action: FaultAction | undefined): boolean {
  if (action === undefined) return false;
  if (action.type === "drop" || "status" in action) return action.when !== "after";
  return action.type === "code971";
}

/** The answer a fault gives in place of the usual one, if it is of that kind. */
export function answerInstead(action: FaultAction | undefined): Answer | undefined {
  if (action === undefined) return undefined;
  if (action.type === "code971") return failure(200, 971, knownCodes[971]);
  return "status" in action ? statusAnswer(action) : undefined;
}

/** The answer as a fault leaves it. */
export function spoiled(answer: Answer, action: FaultAction | undefined): Answer {
  if (action?.type === "contentType") {
    return { ...answer, headers: { ...answer.headers, "content-type": action.value } };
  }
  const isJson = answer.headers["content-type"] === "application/json";
  if (action?.type !== "resultNull" || answer.status !== 200 || !isJson) return answer;
  return { ...answer, body: json(200, { ...JSON.parse(answer.body.toString()), result: null }).body };
}

function statusAnswer({ status, body = "json", code, message, retryAfter }: StatusFault): Answer {
  const answer = statusBody(status, body, code ?? codeFor(status), message);
  if (retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfter) } };
}

function statusBody(status: number, body: string, code: number, message?: string): Answer {
  if (body === "json") return failure(status, code, message ?? knownCodes[code] ?? "something went wrong");
  if (body !== "html") return text(status, "text/plain", body);
  const title = `api.cloudflare.com | ${status}`;
  const page = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>Error ${status}</h1></body></html>`;
  return text(status, "text/html; charset=UTF-8", page);
}

const knownCodes: Record<number, string> & { 971: string } = {
  971: "Please wait and consider throttling your request speed",
  7003: "No route for the URI",
  10000: "Authentication error",
  10001: "service temporarily unavailable",
  10009: "key not found",
  10013: "namespace not found",
  10024: "payload too large",
  10029: "invalid request",
  10048: "your account has reached the free usage limit for this operation for today",
};

const codesByStatus: Record<number, number> = { 400: 10029, 401: 10000, 403: 10000, 404: 7003, 413: 10024, 429: 971 };

function codeFor(status: number): number {
  return codesByStatus[status] ?? 10001;
}
