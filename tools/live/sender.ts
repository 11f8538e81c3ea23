import { version } from "../../provider/version";
import { type Reply, send } from "../raw-request";
import { hasCode, member } from "./answer";
import { Halted, Unable } from "./errors";
import type { Target } from "./target";
import { kindsAbove, nothing, sum, type Traffic, trafficOf } from "./traffic";

export interface Request {
  readonly method: string;
  /** Below the base URL; sent as it is. */
  readonly path: string;
  /** Beside the target's token; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string | Buffer;
}

const timeoutMs = 120_000;

/**
 * The only way to a target. It counts what is sent and sends no more than was announced, knows the namespaces that were
 * created, and after an interrupt sends nothing but what cleans up.
 */
export class Sender {
  /** The ids of the namespaces that were created here, and not deleted. */
  readonly created = new Set<string>();
  #spent: Traffic = nothing;

  constructor(
    readonly target: Target,
    /** The most that may be sent. */
    private readonly announced: Traffic,
    private readonly halt: AbortSignal,
  ) {}

  get spent(): Traffic {
    return this.#spent;
  }

  get isHalted(): boolean {
    return this.halt.aborted;
  }

  /** @throws Halted after an interrupt, Unable where the account is used up or more would be sent than was announced. */
  async send(request: Request): Promise<Reply> {
    if (this.halt.aborted) throw new Halted();
    const after = sum([this.#spent, trafficOf(request.method, request.path, request.body)]);
    const [kind] = kindsAbove(after, this.announced);
    if (kind) throw new Unable(`More ${kind} would be sent than were announced, so the run ends here.`);
    this.#spent = after;
    return this.#reply(request);
  }

  /** What cleans up is announced with what it removes, and is sent in any case. */
  clean(request: Request): Promise<Reply> {
    this.#spent = sum([this.#spent, trafficOf(request.method, request.path)]);
    return this.#reply(request, true);
  }

  async #reply({ method, path, headers, body }: Request, isCleaning = false): Promise<Reply> {
    const { baseUrl, token } = this.target;
    const isCreate = method === "POST" && path.endsWith("/storage/kv/namespaces");
    const timeout = AbortSignal.timeout(timeoutMs);
    // The answer to a create is waited for in any case: it has the id by which the namespace is removed.
    const signal = isCreate || isCleaning ? timeout : AbortSignal.any([timeout, this.halt]);
    const own = { authorization: `Bearer ${token}`, "user-agent": `pulumi-cloudflare-kv-live/${version}` };
    const all = { ...own, ...(body !== undefined && { "content-type": typeOf(path) }), ...headers };
    const sent = { method, url: baseUrl + path, headers: given(all), body, signal };
    const reply = await send(sent).catch((error: unknown) => {
      throw this.halt.aborted && !isCleaning ? new Halted() : error;
    });
    if (reply.status === 200) this.#note(method, path, reply);
    if (reply.status >= 400 && hasCode(reply, 10048)) {
      throw new Unable("The free plan of this account is used up for today (code 10048): try again after 0:00 UTC.");
    }
    return reply;
  }

  #note(method: string, path: string, reply: Reply): void {
    const [, id] = /\/storage\/kv\/namespaces(?:\/([^/?]+))?\/?$/.exec(path) ?? [];
    if (method === "DELETE" && id) this.created.delete(id);
    if (method !== "POST" || id || !path.endsWith("/namespaces")) return;
    const created = member(reply, "id");
    if (typeof created === "string") this.created.add(created);
  }
}

function typeOf(path: string): string {
  return path.includes("/values/") ? "application/octet-stream" : "application/json";
}

function given(headers: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((header): header is [string, string] => header[1] !== null));
}
