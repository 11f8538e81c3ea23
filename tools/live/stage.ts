import type { Reply } from "../raw-request";
import { hasCode, member, namesIn, outcomeOf } from "./answer";
import { messageOf, Unable } from "./errors";
import { listedPairs } from "./listed-pairs";
import { type Patience, pause, until } from "./patience";
import type { Request, Sender } from "./sender";
import { type Traffic, trafficOf } from "./traffic";

/** Where probes find what was made for all of them. */
export interface Places {
  /** What every title of this run begins with. */
  readonly mark: string;
  /** The id of a namespace to write into. */
  readonly main: string;
  /** The id of a namespace with `listedPairs` alone. */
  readonly listed: string;
}

/** A request below the account's namespaces, or with a path of its own that begins with `/accounts`. */
export interface Ask extends Request {
  /** Whether a refusal that may pass (429, 5xx) is the outcome, and is not asked again. Default false. */
  readonly isFinal?: boolean;
}

/** What `Stage.prepare` sends. */
export const setUpCost: Partial<Traffic> = {
  requests: 6,
  namespaces: 2,
  lists: 1,
  writes: listedPairs().length,
};

const transientWaits = [2, 5];

/** One side, the emulator or the API, as probes see it. */
export class Stage implements Places {
  #main = "";
  #listed = "";
  /** Settles when all that was written for lists is listed. */
  shown: Promise<unknown> = Promise.resolve();

  constructor(
    readonly sender: Sender,
    readonly mark: string,
    readonly patience: Patience,
    private readonly halt: AbortSignal,
    /** Is told what is waited for. */
    private readonly onWait: (text: string) => void = () => {},
  ) {}

  get main(): string {
    return this.#main;
  }

  get listed(): string {
    return this.#listed;
  }

  /** @throws Unable where the token may not write. */
  async prepare(): Promise<void> {
    this.#main = await this.namespace("main");
    this.#listed = await this.namespace("listed");
    const pairs = listedPairs();
    const written = await this.call({ method: "PUT", path: `/${this.listed}/bulk`, body: JSON.stringify(pairs) });
    if (written.status !== 200) throw new Unable(`Keys cannot be written: the API answers ${outcomeOf(written)}.`);
    this.shown = this.until(
      { method: "GET", path: `/${this.listed}/keys` },
      (reply) => namesIn(reply, "name").length === pairs.length,
    );
    this.shown.catch(() => {});
  }

  /** The id of a new namespace, once the API knows it. */
  async namespace(name: string, more: object = {}): Promise<string> {
    const reply = await this.create(name, more);
    const id = member(reply, "id");
    if (typeof id !== "string") {
      throw new Unable(
        `A namespace cannot be created: the API answers ${outcomeOf(reply)}. The token needs the permission "Workers KV ` +
          'Storage Write" for this account.',
      );
    }
    await this.until({ method: "GET", path: `/${id}` }, (shown) => shown.status === 200);
    return id;
  }

  create(name: string, more: object = {}): Promise<Reply> {
    return this.call({ method: "POST", path: "", body: JSON.stringify({ title: `${this.mark} ${name}`, ...more }) });
  }

  /** Asks, again where the answer is one that may pass. */
  async call(ask: Ask): Promise<Reply> {
    let reply = await this.#send(ask);
    for (const wait of ask.isFinal ? [] : transientWaits) {
      if (reply.status !== 429 && reply.status < 500) break;
      const seconds = Math.min(Number(reply.headers["retry-after"]) || wait, 300);
      this.onWait(`the API answers ${outcomeOf(reply)}: asking again in ${seconds} s`);
      await this.pause(seconds);
      reply = await this.#send(ask);
    }
    return reply;
  }

  async outcome(ask: Ask): Promise<string> {
    return outcomeOf(await this.call(ask));
  }

  /** Asks again until the answer is as hoped for, or patience is at its end. */
  until(ask: Ask, isHoped: (reply: Reply) => boolean): Promise<Reply> {
    return until(() => this.call(ask), isHoped, this.patience, this.halt);
  }

  /** Looks for a key of `main` that was written under one of these names; undefined where none is there. */
  find(names: readonly string[]): Promise<string | undefined> {
    const look = async () => {
      for (const name of names) {
        const { status } = await this.call({ method: "GET", path: this.value(name) });
        if (status === 200) return name;
      }
      return undefined;
    };
    return until(look, (found) => found !== undefined, this.patience, this.halt);
  }

  /** The value of a key of `main` that was written. */
  read(key: string): Promise<Reply> {
    return this.until({ method: "GET", path: this.value(key) }, (reply) => !hasCode(reply, 10009));
  }

  /** The metadata of a key of `main` that was written. */
  metadata(key: string): Promise<Reply> {
    const path = `/${this.main}/metadata/${encodeURIComponent(key)}`;
    return this.until({ method: "GET", path }, (reply) => !hasCode(reply, 10009));
  }

  /** The path of a key's value in `main`. */
  value(key: string): string {
    return valuePath(this, key);
  }

  /** Calls after an interrupt, at once or later. */
  onHalt(halted: () => void): void {
    if (this.halt.aborted) halted();
    else this.halt.addEventListener("abort", halted);
  }

  /** Gives a change time to be shown that nothing tells of. */
  settle(): Promise<void> {
    return this.pause(this.patience.settling);
  }

  pause(seconds: number): Promise<void> {
    return pause(seconds, this.halt);
  }

  /** A connection that breaks is tried once more, but not with what creates: it may have happened. */
  async #send({ path, ...request }: Ask): Promise<Reply> {
    const sent = { ...request, path: fullPath(path, this.sender.target.accountId) };
    try {
      return await this.sender.send(sent);
    } catch (error) {
      const isRepeatable = isBroken(error) && !(request.method === "POST" && path === "");
      if (!isRepeatable) throw error;
      this.onWait(`the connection failed (${messageOf(error)}): asking again`);
      return this.sender.send(sent);
    }
  }
}

export function valuePath({ main }: Places, key: string): string {
  return `/${main}/values/${encodeURIComponent(key)}`;
}

export function fullPath(path: string, accountId: string): string {
  return path.startsWith("/accounts") ? path : `/accounts/${accountId}/storage/kv/namespaces${path}`;
}

/** What a request is counted as. */
export function costOf({ method, path, body }: Ask): Traffic {
  return trafficOf(method, fullPath(path, ""), body);
}

function isBroken(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^E(CONN|PIPE|HOST|NET)/.test(String(error.code));
}
