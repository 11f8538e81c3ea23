import type { Emulator } from "../../provider/emulator/emulator";
import type { Fault, FaultAction } from "../../provider/emulator/fault";
import type { BulkItem, Items } from "../../provider/kv/batch";
import type { BulkOptions, BulkOutcome } from "../../provider/kv/bulk";
import { deleteBulk, serializePair, writeBulk } from "../../provider/kv/bulk";
import { Api, accountId, type Connection } from "./api";

export const nothingLeft: BulkOutcome = { failed: [], unsure: [] };

export function keysOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `key-${String(index).padStart(6, "0")}`);
}

export function pair(key: string, value = `value of ${key}`): BulkItem {
  return { key, json: serializePair(key, { value }) };
}

export function pairs(count: number): BulkItem[] {
  return keysOf(count).map((key) => pair(key));
}

/** What a bulk write or delete came to. */
export interface Result extends BulkOutcome {
  readonly done: string[];
}

export type Options = Partial<BulkOptions>;

type Pairs = Items;

export async function write(
  { client, clock }: Connection,
  namespaceId: string,
  items: Pairs,
  { onDone = () => {}, ...options }: Options = {},
): Promise<Result> {
  const done: string[] = [];
  const outcome = await writeBulk(client, { accountId, namespaceId }, items, {
    clock,
    ...options,
    onDone: (keys) => {
      done.push(...keys);
      onDone(keys);
    },
  });
  return { ...outcome, done };
}

export async function remove(
  { client, clock }: Connection,
  namespaceId: string,
  keys: Iterable<string>,
): Promise<Result> {
  const done: string[] = [];
  const onDone = (keys: readonly string[]) => void done.push(...keys);
  return { ...(await deleteBulk(client, { accountId, namespaceId }, keys, { clock, onDone })), done };
}

/** An emulator with an empty namespace. */
export class BulkApi {
  private constructor(
    readonly api: Api,
    readonly namespaceId: string,
  ) {}

  static async start(): Promise<BulkApi> {
    const api = await Api.start();
    const { id } = await api.connect().client.createNamespace(accountId, { title: "bulk" });
    api.emulator.clearLog();
    return new BulkApi(api, id);
  }

  get emulator(): Emulator {
    return this.api.emulator;
  }

  /** Of each request: how many keys it had, and its status. */
  get requests(): string[] {
    return this.emulator.log.map(({ keys, status }) => `${keys?.length} ${status}`);
  }

  get stored(): string[] {
    return this.emulator.keys(this.namespaceId);
  }

  fail(action: FaultAction, { times = null, ...fault }: Omit<Fault, "action"> = {}): void {
    this.emulator.setFaults([{ action, times, ...fault }]);
  }

  write(items: Pairs, options?: Options, connection = this.api.connect()): Promise<Result> {
    return write(connection, this.namespaceId, items, options);
  }

  remove(keys: Iterable<string>): Promise<Result> {
    return remove(this.api.connect(), this.namespaceId, keys);
  }

  close(): Promise<void> {
    return this.api.close();
  }
}
