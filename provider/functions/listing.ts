import type { z } from "zod";
import { pageSizeFor } from "../kv/key-pages";
import { InputError } from "../pulumi/errors";
import type { ListedResource, ListPage, ListPosition } from "../pulumi/function-provider";
import type { Properties } from "../pulumi/resource-provider";
import { hasUnknown } from "../pulumi/validate";
import { type CallContext, callOptions } from "../session/context";
import { checkedArgs } from "./checked-args";
import { type Located, lookInto } from "./function";
import { getKeys } from "./get-keys";
import { getNamespaces } from "./get-namespaces";

/** Tells what there is of a kind of resource, whoever made it: `pulumi do` lists what can be read and imported. */
export interface Listing<Query extends z.ZodObject = z.ZodObject> {
  /** The name of the resource. */
  readonly of: string;
  readonly query: Query;
  /** One page of the API, from its cursor on; of no more than `size`, where the API has pages so small. */
  fetch(query: Located<z.output<Query>>, from: Window, context: CallContext): Promise<Fetched>;
}

interface Window {
  readonly cursor: string;
  readonly size: number;
}

interface Fetched {
  readonly items: readonly ListedResource[];
  /** Absent where there is no more. */
  readonly cursor?: string | undefined;
}

const namespaces: Listing<typeof getNamespaces.args> = {
  of: "Namespace",
  query: getNamespaces.args,
  async fetch(query, _, context) {
    const found = await getNamespaces.run(query, context);
    return { items: found.namespaces.map(({ id, title }) => ({ id, name: title })) };
  },
};

const keysQuery = getKeys.args.omit({ limit: true });

const keys: Listing<typeof keysQuery> = {
  of: "KeyValue",
  query: keysQuery,
  async fetch({ prefix, ...namespace }, { cursor, size }, context) {
    const options = {
      ...callOptions(context),
      limit: pageSizeFor(size),
      ...(prefix && { prefix }),
      ...(cursor && { cursor }),
    };
    const page = await lookInto(namespace, () => context.connection.client.listKeys(namespace, options));
    const place = `${namespace.accountId}/${namespace.namespaceId}`;
    return { items: page.keys.map(({ name }) => ({ id: `${place}/${name}`, name })), cursor: page.cursor };
  },
};

/** What a set is made of is up to the program: a store has none to list. */
export const listings: readonly Listing[] = [namespaces, keys];

/** One page of what there is. Undefined where the query is not known yet. */
export async function listItems(
  listing: Listing,
  query: Properties,
  { limit, pageSize, token }: ListPosition,
  context: CallContext,
): Promise<ListPage | undefined> {
  if (hasUnknown(query)) return undefined;
  const { cursor, skip } = parseToken(token);
  const checked = checkedArgs({ args: listing.query, alternatives: [] }, query, context);
  if ("failures" in checked) {
    const [problem] = checked.failures;
    throw new InputError(`${problem?.property} ${problem?.reason}`);
  }
  const size = Math.min(limit ?? Infinity, pageSize ?? Infinity);
  const fetched = await listing.fetch(checked.args, { cursor, size: skip + size }, context);
  const end = skip + size;
  const rest = end < fetched.items.length ? { cursor, skip: end } : { cursor: fetched.cursor, skip: 0 };
  return { items: fetched.items.slice(skip, end), token: tokenOf(rest) };
}

/** Where the next page begins: so far into the API's page at this cursor. */
function tokenOf({ cursor, skip }: { cursor: string | undefined; skip: number }): string {
  return cursor === undefined ? "" : `${skip}:${cursor}`;
}

function parseToken(token: string): { cursor: string; skip: number } {
  if (token === "") return { cursor: "", skip: 0 };
  const [, skip, cursor] = /^(\d{1,9}):(.*)$/s.exec(token) ?? [];
  if (skip === undefined || cursor === undefined)
    throw new InputError("Malformed List request: its continuation token is not from this provider");
  return { cursor, skip: Number(skip) };
}
