import { type ServiceError, status } from "@grpc/grpc-js";
import { ListRequest, type ListResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { ListingType, ListPosition } from "../../provider/pulumi/function-provider";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { secret, struct, unknown } from "../../tools/wire";
import { closeDoors, coreWith, type Door, openDoor, token } from "./door";

afterEach(closeDoors);

const openList = (list: ListingType["list"]) =>
  openDoor(coreWith({}, { listings: new Map([[token, { token, list }]]) }));

/** Everything that is streamed, or the error that ends it. */
async function listed({ stub }: Door, request: ListRequest): Promise<ListResponse.AsObject[]> {
  const responses: ListResponse.AsObject[] = [];
  const stream = stub.list(request);
  stream.on("data", (response: ListResponse) => responses.push(response.toObject()));
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("end", () => resolve(responses));
  });
}

const request = () => new ListRequest().setToken(token);

test("a page is streamed, and then how to go on", async () => {
  const calls: [Properties, ListPosition][] = [];
  const door = await openList(async (query, position) => {
    calls.push([query, position]);
    return { items: [{ id: "i/1", name: "one" }], token: "next" };
  });
  const asked = request()
    .setQuery(struct({ namespaceId: secret("n") }))
    .setLimit(5)
    .setPageSize(2);
  const [result, continuation, ...others] = await listed(door, asked.setContinuationToken("before"));
  expect(result?.result).toEqual({ id: "i/1", name: "one" });
  expect([continuation?.continuation, others]).toEqual([{ continuationToken: "next" }, []]);
  await listed(door, request());
  expect(calls).toEqual([
    [{ namespaceId: "n" }, { limit: 5, pageSize: 2, token: "before" }],
    [{}, { limit: undefined, pageSize: undefined, token: "" }],
  ]);
});

test("what is not known yet is answered as such, and nothing else", async () => {
  const door = await openList(async () => undefined);
  const responses = await listed(door, request().setQuery(struct({ namespaceId: unknown })));
  expect(responses.map(({ computed }) => computed)).toEqual([{}]);
});

test.each<[string, ListRequest, string]>([
  ["without a token", new ListRequest(), "Malformed List request: expected token, received none"],
  [
    "of another type",
    new ListRequest().setToken("a:b:C"),
    `No resource can be listed of the type "a:b:C": expected one of ${token}`,
  ],
])("a request %s is refused in a sentence", async (_, malformed, sentence) => {
  const door = await openList(async () => undefined);
  const error = (await listed(door, malformed).catch((reason) => reason)) as ServiceError;
  expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, sentence]);
});

test("who hangs up or cancels ends it", async () => {
  const signals: AbortSignal[] = [];
  const door = await openList(async (_query, _position, { signal }) => {
    signals.push(signal);
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return undefined;
  });
  const ending = listed(door, request()).catch((reason) => reason);
  while (signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await door.server.stop();
  expect(((await ending) as ServiceError).code).toBe(status.CANCELLED);
});
