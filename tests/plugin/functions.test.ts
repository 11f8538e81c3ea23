import { status } from "@grpc/grpc-js";
import { InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Core } from "../../provider/core";
import { NotFoundError } from "../../provider/functions/function";
import type { FunctionType } from "../../provider/pulumi/function-provider";
import type { Call, Properties } from "../../provider/pulumi/resource-provider";
import { secret, struct, unknown } from "../../tools/wire";
import { closeDoors, coreWith, type Door, failure, openDoor } from "./door";

afterEach(closeDoors);

const token = "cloudflare-kv:index:getThing";

/** A core with one function, whose `value` is secret. */
function coreWithFunction(invoke: FunctionType["invoke"]): Core {
  return coreWith({}, { functions: new Map([[token, { token, secretResults: ["value"], invoke }]]) });
}

/** A function that answers this. */
const answering = (result: Properties) => openDoor(coreWithFunction(async () => ({ result, failures: [] })));

const request = (args: object = {}) => new InvokeRequest().setTok(token).setArgs(struct(args));

async function returned(door: Door, args: object = {}): Promise<unknown> {
  const response = await door.invoke(request(args));
  expect(response.getFailuresList()).toEqual([]);
  return response.getReturn()?.toJavaScript();
}

describe("a function", () => {
  test("gets its arguments bare, unknown ones too, and whether this is a preview", async () => {
    const calls: [Properties, boolean][] = [];
    const door = await openDoor(
      coreWithFunction(async (args, { preview }) => {
        calls.push([args, preview]);
        return { result: {}, failures: [] };
      }),
    );
    await door.invoke(request({ key: secret("k"), limit: 5, prefix: unknown }).setPreview(true));
    await door.invoke(new InvokeRequest().setTok(token));
    expect(calls).toEqual([
      [{ key: "k", limit: 5, prefix: unknown }, true],
      [{}, false],
    ]);
  });

  test("answers with its secrets marked, and without what is absent", async () => {
    const door = await answering({ value: "v", metadata: { a: [1, null] }, expiration: undefined });
    expect(await returned(door)).toEqual({ value: secret("v"), metadata: { a: [1, null] } });
  });

  test("whose argument is secret answers only secrets", async () => {
    const door = await answering({ value: "v", keys: [{ name: "k" }] });
    expect(await returned(door, { prefix: secret("p") })).toEqual({
      value: secret("v"),
      keys: secret([{ name: "k" }]),
    });
  });

  test("says what is wrong with its arguments; of a secret one the path is in the reason", async () => {
    const failures = [
      { property: "key", reason: "must not be empty" },
      { property: "limit", reason: "is required" },
    ];
    const door = await openDoor(coreWithFunction(async () => ({ result: {}, failures })));
    const response = await door.invoke(request({ key: secret("") }));
    expect(response.getFailuresList().map((one) => one.toObject())).toEqual([
      { property: "", reason: "key: must not be empty" },
      { property: "limit", reason: "is required" },
    ]);
    expect(response.hasReturn()).toBe(false);
  });

  test("is told that every argument may be a secret, for nobody says which is", async () => {
    const told: (boolean | undefined)[] = [];
    const answer = async (_: Properties, { secrets }: Call) => {
      told.push(secrets?.covers("key"));
      return { result: {}, failures: [] };
    };
    await (await openDoor(coreWithFunction(answer))).invoke(request({ key: "a" }));
    expect(told).toEqual([true]);
  });

  test("that finds nothing says so by a status", async () => {
    const door = await openDoor(coreWithFunction(() => Promise.reject(new NotFoundError("There is no key"))));
    const error = await failure(door.invoke(request()));
    expect([error.code, error.details]).toEqual([status.NOT_FOUND, "There is no key"]);
  });

  test("that is not known is refused, with those that are", async () => {
    const door = await answering({});
    const error = await failure(door.invoke(new InvokeRequest().setTok("cloudflare-kv:index:getThink")));
    expect([error.code, error.details]).toEqual([
      status.INVALID_ARGUMENT,
      `Unknown function "cloudflare-kv:index:getThink": expected one of ${token}`,
    ]);
  });
});

describe("a call of a function ends", () => {
  /** Resolves `begun` when the call runs; the call ends by its signal. */
  async function waiting() {
    let begin = (_: Call) => {};
    const begun = new Promise<Call>((resolve) => {
      begin = resolve;
    });
    const invoke = (_: Properties, call: Call) =>
      new Promise<never>((_resolve, reject) => {
        call.signal.addEventListener("abort", () => reject(call.signal.reason));
        begin(call);
      });
    return { begun, door: await openDoor(coreWithFunction(invoke)) };
  }

  test("with Cancel", async () => {
    const { begun, door } = await waiting();
    const error = failure(door.invoke(request()));
    await begun;
    await door.cancel(new Empty());
    expect(await error).toMatchObject({ code: status.CANCELLED, details: "the operation was cancelled" });
  });

  test("with the caller's deadline", async () => {
    const { begun, door } = await waiting();
    const error = failure(door.invoke(request(), { deadline: Date.now() + 100 }));
    const { signal } = await begun;
    const ended = new Promise<Error>((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
    expect([(await error).code, (await ended).message]).toEqual([
      status.DEADLINE_EXCEEDED,
      "the operation was cancelled",
    ]);
  });
});
