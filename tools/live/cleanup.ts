import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../raw-request";
import { envelopeOf, hasCode, outcomeOf } from "./answer";
import { messageOf } from "./errors";
import type { Sender } from "./sender";
import { fullPath } from "./stage";

export interface Namespace {
  readonly id: string;
  readonly title: string;
}

const pageSize = 1000;

/** Seconds before what failed is asked again, for all that is removed together: without a network it is not to take hours. */
type Waits = number[];

export const newWaits = (): Waits => [1, 2, 5, 10, 30];

/**
 * Removes the namespaces that were created through this sender, and those whose title is wanted: a create that was not
 * answered may have happened.
 *
 * @returns what is left, each with the reason.
 */
export async function removeAll(sender: Sender, isWanted: (title: string) => boolean): Promise<string[]> {
  const waits = newWaits();
  const found = await namespaces(sender, waits).catch(() => []);
  const ids = new Set([...sender.created, ...found.filter(({ title }) => isWanted(title)).map(({ id }) => id)]);
  const left: string[] = [];
  for (const id of ids) {
    const problem = await remove(sender, id, waits);
    if (problem) left.push(`${id}: ${problem}`);
  }
  return left;
}

/** All of the account, however many pages. */
export async function namespaces(sender: Sender, waits: Waits): Promise<Namespace[]> {
  const all: Namespace[] = [];
  for (let page = 1; ; page++) {
    const query = `?per_page=${pageSize}&page=${page}`;
    const reply = await patient(sender, "GET", query, waits);
    const { result } = envelopeOf(reply);
    if (!Array.isArray(result)) throw new Error(`the namespaces cannot be listed: ${outcomeOf(reply)}`);
    all.push(...(result as Namespace[]));
    if (result.length < pageSize) return all;
  }
}

/** Undefined where it is gone, else why not. */
export async function remove(sender: Sender, id: string, waits: Waits): Promise<string | undefined> {
  try {
    const reply = await patient(sender, "DELETE", `/${id}`, waits);
    const isGone = reply.status === 200 || hasCode(reply, 10013);
    return isGone ? undefined : `the API answers ${outcomeOf(reply)}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Asks again where the answer may be another the next time. */
async function patient(sender: Sender, method: string, path: string, waits: Waits): Promise<Reply> {
  const request = { method, path: fullPath(path, sender.target.accountId) };
  for (;;) {
    const reply = await sender.clean(request).catch((error: Error) => error);
    const isFinal = !(reply instanceof Error) && reply.status !== 429 && reply.status < 500;
    if (isFinal) return reply;
    const wait = waits.shift();
    if (wait !== undefined) await sleep(wait * 1000);
    else if (reply instanceof Error) throw reply;
    else return reply;
  }
}
