import type { FormData } from "undici";

/** How requests are signed: an API token, or the older pair of e-mail address and global API key. */
export type Credential = { readonly apiToken: string } | { readonly apiKey: string; readonly email: string };

export interface Request {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the base URL, percent-encoded. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Buffer | FormData;
  /** Values in the body, which no message may repeat. */
  readonly secrets?: readonly Buffer[];
  /** True where names of keys are secret: no message repeats them either. */
  readonly hidesKeys?: boolean | undefined;
  /** False where a second request would do a second thing. */
  readonly idempotent: boolean;
  /** True where a POST only reads. */
  readonly readOnly?: boolean;
  /** True where the caller can send less at once, and does so after a timeout in place of repeating it. */
  readonly divisible?: boolean;
  /** True where a success is raw bytes, which may look like anything. */
  readonly rawAnswer?: boolean;
  /** An error code that passes by itself, until this unix time in milliseconds. */
  readonly retryCode?: { readonly code: number; readonly untilMs: number };
  /** Ends waiting and reading at once. A write under way has half a second to end, so that its outcome is known. */
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
}

export interface Answer {
  /** Of whom it came from. */
  readonly origin: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The parsed body when it is JSON. */
  readonly json: unknown;
}

/** Without the query, and without a secret key. */
export function describeRequest(request: Pick<Request, "method" | "path" | "hidesKeys">): string {
  const [path = ""] = request.path.split("?");
  const shown =
    request.hidesKeys && keyIn(path) !== undefined ? `${path.slice(0, path.lastIndexOf("/"))}/[secret]` : path;
  return `${request.method} ${shown}`;
}

export function isWrite({ method, readOnly }: Pick<Request, "method" | "readOnly">): boolean {
  return method !== "GET" && readOnly !== true;
}

/** Undefined where the path leads to no single key. */
export function keyIn(path: string): string | undefined {
  return /\/(?:values|metadata)\/([^/?]+)/.exec(path)?.[1];
}
