import { createHash } from "node:crypto";
import type { Reply } from "../raw-request";
import { hasCode, namesIn } from "./answer";
import { Halted, messageOf, Unable } from "./errors";
import { type Relay, relayToken } from "./relay";
import { Stack } from "./stack";
import type { Stage } from "./stage";
import type { Traffic } from "./traffic";

/** What users do, step by step, with the engine at hand. */
export interface Scenario {
  readonly name: string;
  /** At most, with either engine; a namespace counts with its removal. */
  readonly cost: Partial<Traffic>;
  play(life: Life): Promise<void>;
}

/** One scenario's stack, and a look at the store beside it. */
export class Life {
  constructor(
    readonly stack: Stack,
    readonly stage: Stage,
    readonly relay: Relay,
    /** For programs that reach the API through the relay. */
    readonly env: Readonly<Record<string, string>>,
    private readonly onStep: (text: string) => void,
  ) {}

  /** Does one thing, and says what failed, without a value. */
  async step<T>(text: string, work: () => Promise<T>): Promise<T> {
    this.onStep(text);
    try {
      return await Promise.race([work(), this.#halted()]);
    } catch (error) {
      if (this.stage.sender.isHalted) throw new Halted();
      if (error instanceof Unable) throw error;
      throw new Error(`${text}: ${messageOf(error)}`);
    }
  }

  /** Rejects at once after an interrupt: whatever is under way reaches nothing any more. */
  #halted(): Promise<never> {
    return new Promise((_, reject) => this.stage.onHalt(() => reject(new Halted())));
  }

  /** Waits until a key may be written again: it takes one write a second, and a second one is refused, or sent twice. */
  pace(): Promise<void> {
    return this.stage.pause(1.1);
  }

  /** Waits until a key holds these bytes. */
  async holds(namespace: string, key: string, value: string | Buffer): Promise<void> {
    const isHoped = ({ body }: Reply) => hash(body) === hash(value);
    const reply = await this.stage.until(pathOfValue(namespace, key), isHoped);
    if (!isHoped(reply)) throw new Error(`"${key}" does not hold what was declared`);
  }

  /** Waits until a list has, or has not, a key. */
  async lists(namespace: string, key: string, isThere: boolean): Promise<void> {
    const isHoped = (reply: Reply) => namesIn(reply, "name").includes(key) === isThere;
    const reply = await this.stage.until({ method: "GET", path: `/${namespace}/keys` }, isHoped);
    if (!isHoped(reply)) throw new Error(`"${key}" is ${isThere ? "not listed" : "still listed"}`);
  }

  /** Waits until a key is gone, or its namespace. */
  async lacks(namespace: string, key: string): Promise<void> {
    const isHoped = (reply: Reply) => hasCode(reply, 10009) || hasCode(reply, 10013);
    if (!isHoped(await this.stage.until(pathOfValue(namespace, key), isHoped)))
      throw new Error(`"${key}" is still there`);
  }
}

export function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** @throws Error with both where they differ; they are names, and no values. */
export function expectSame(found: readonly string[], expected: readonly string[]): void {
  if (found.join() !== expected.join()) throw new Error(`expected [${expected.join(", ")}], got [${found.join(", ")}]`);
}

/** The failure in a sentence; undefined where there is none. */
export async function play(
  scenario: Scenario,
  stage: Stage,
  relay: Relay,
  consistency: string | undefined,
  onStep: (text: string) => void,
): Promise<string | undefined> {
  const { accountId } = stage.sender.target;
  const env = {
    CLOUDFLARE_API_BASE_URL: relay.url,
    CLOUDFLARE_API_TOKEN: relayToken,
    CLOUDFLARE_API_KEY: "",
    CLOUDFLARE_EMAIL: "",
    CLOUDFLARE_ACCOUNT_ID: accountId,
    ...(consistency !== undefined && { CLOUDFLARE_KV_CONSISTENCY_SECONDS: consistency }),
  };
  const stack = await Stack.create({ baseUrl: relay.url, accountId, token: relayToken, env });
  try {
    await scenario.play(new Life(stack, stage, relay, env, onStep));
    return undefined;
  } catch (error) {
    if (error instanceof Halted || error instanceof Unable) throw error;
    return messageOf(error);
  } finally {
    stack.close();
  }
}

function pathOfValue(namespace: string, key: string) {
  return { method: "GET", path: `/${namespace}/values/${encodeURIComponent(key)}` };
}
