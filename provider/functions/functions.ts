import type { FunctionType, ListingType } from "../pulumi/function-provider";
import { secretNames } from "../pulumi/schema";
import type { ProviderSession } from "../session/session";
import type { KvFunction } from "./function";
import { getKeyValue } from "./get-key-value";
import { getKeyValues } from "./get-key-values";
import { getKeys } from "./get-keys";
import { getNamespace } from "./get-namespace";
import { getNamespaces } from "./get-namespaces";
import { runFunction } from "./invoke";
import { listItems, listings } from "./listing";

/** Every function, in the order of the documentation. */
export const functions: readonly KvFunction[] = [getNamespace, getNamespaces, getKeyValue, getKeyValues, getKeys];

/** The functions with the configuration of this session. */
export function functionTypes(session: ProviderSession): FunctionType[] {
  return functions.map((fn) => ({
    token: `cloudflare-kv:index:${fn.name}`,
    secretResults: secretNames(fn.result),
    invoke: (args, call) => session.during(call, (context) => runFunction(fn, args, context)),
  }));
}

/** The listings with the configuration of this session. */
export function listingTypes(session: ProviderSession): ListingType[] {
  return listings.map((listing) => ({
    token: `cloudflare-kv:index:${listing.of}`,
    list: (query, position, call) => session.during(call, (context) => listItems(listing, query, position, context)),
  }));
}
