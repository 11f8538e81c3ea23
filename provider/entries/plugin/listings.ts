import { type ListRequest, ListResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Core } from "../../core";
import { InputError } from "../../pulumi/errors";
import type { ListedResource, ListingType } from "../../pulumi/function-provider";
import { decode, required } from "./codec";
import type { EngineSession } from "./engine-session";

/** One page, and how to go on. */
export async function listResources(
  session: EngineSession,
  request: ListRequest,
  disconnected: AbortSignal,
): Promise<ListResponse[]> {
  const type = listingType(session.core, required("List", "token", request.getToken()));
  const query = decode(request.getQuery()).properties;
  const page = await session.runCall({ urn: "", preview: false, secrets: undefined, until: [disconnected] }, (call) =>
    type.list(query, positionOf(request), call),
  );
  if (!page) return [new ListResponse().setComputed(new ListResponse.Computed())];
  const next = new ListResponse.Continuation().setContinuationToken(page.token);
  return [...page.items.map(resultOf), new ListResponse().setContinuation(next)];
}

function listingType({ listings }: Core, token: string): ListingType {
  const type = listings.get(token);
  if (type) return type;
  const known = [...listings.keys()].join(", ");
  throw new InputError(`No resource can be listed of the type ${JSON.stringify(token)}: expected one of ${known}`);
}

function positionOf(request: ListRequest) {
  return {
    limit: request.getLimit() < 1 ? undefined : request.getLimit(),
    pageSize: request.getPageSize() < 1 ? undefined : request.getPageSize(),
    token: request.getContinuationToken(),
  };
}

function resultOf({ id, name }: ListedResource): ListResponse {
  return new ListResponse().setResult(new ListResponse.Result().setId(id).setName(name));
}
