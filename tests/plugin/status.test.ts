import { status } from "@grpc/grpc-js";
import { CreateRequest, ErrorResourceInitFailed, UpdateRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { InitFailure, toStatus } from "../../provider/entries/plugin/status";
import { CancelledError, CloudflareError } from "../../provider/kv/error";
import { InitFailedError, InputError } from "../../provider/pulumi/errors";
import { ConfigError } from "../../provider/session/config";
import { secret, struct } from "../../tools/wire";
import { closeDoors, coreWith, failure, openDoor, urn } from "./door";

afterEach(async () => {
  jest.restoreAllMocks();
  await closeDoors();
});

describe("an error", () => {
  test.each([
    ["wrong input", new InputError("m"), status.INVALID_ARGUMENT],
    ["wrong configuration", new ConfigError("m"), status.INVALID_ARGUMENT],
    ["401", new CloudflareError("m", { status: 401 }), status.PERMISSION_DENIED],
    ["403", new CloudflareError("m", { status: 403 }), status.PERMISSION_DENIED],
    ["404", new CloudflareError("m", { status: 404 }), status.NOT_FOUND],
    ["400", new CloudflareError("m", { status: 400 }), status.FAILED_PRECONDITION],
    ["429", new CloudflareError("m", { status: 429 }), status.RESOURCE_EXHAUSTED],
    ["503", new CloudflareError("m", { status: 503 }), status.UNAVAILABLE],
    ["no answer", new CloudflareError("m"), status.UNAVAILABLE],
    ["a cancelled request", new CancelledError("m", { ambiguous: true }), status.CANCELLED],
    ["anything else", new Error("m"), status.FAILED_PRECONDITION],
  ])("for %s is well understood, so that the engine fears no corruption", (_, error, code) => {
    expect(toStatus(error)).toEqual({ code, details: "m" });
  });

  test.each([[new TypeError("m")], [new RangeError("m")], [new ReferenceError("m")], ["m"]])(
    "of our own, %p, is internal; its stack goes to stderr only",
    (error) => {
      const stderr = jest.spyOn(console, "error").mockImplementation(() => {});
      expect(toStatus(error)).toEqual({ code: status.INTERNAL, details: "m" });
      expect(stderr.mock.calls).toEqual([[error]]);
    },
  );

  test("that is longer than a header can be is cut", () => {
    const { details = "" } = toStatus(new Error("😀".repeat(100_000)));
    expect(details.length).toBeLessThan(5000);
    expect(details.isWellFormed()).toBe(true);
  });

  test("reaches the engine whatever its text", async () => {
    const message = '100 % "größer"\n\ud800 😀';
    const door = await openDoor(coreWith({ create: () => Promise.reject(new Error(message)) }));
    const error = await failure(door.create(new CreateRequest().setUrn(urn).setProperties(struct({}))));
    expect(error.details).toBe(message.toWellFormed());
  });
});

describe("a failed initialisation", () => {
  const failed = new InitFailedError("the/id", { value: "v", valueSha256: "h", written: 1 }, ["first", "second"]);
  const core = coreWith(
    { create: () => Promise.reject(failed), update: () => Promise.reject(failed) },
    { secretOutputs: ["valueSha256"] },
  );
  const create = new CreateRequest().setUrn(urn).setProperties(struct({ value: secret("v") }));
  const update = new UpdateRequest()
    .setUrn(urn)
    .setId("i")
    .setOlds(struct({ value: secret("v") }))
    .setNews(struct({}));

  test.each([["Create"], ["Update"]])(
    "in %s keeps the resource: id, outputs with their secrets, reasons",
    async (rpc) => {
      const door = await openDoor(core);
      const error = await failure(rpc === "Create" ? door.create(create) : door.update(update));
      expect(error.details).toBe("first\nsecond");
      const [blob] = error.metadata.get("grpc-status-details-bin");
      const [detail, ...others] = Status.deserializeBinary(blob as Buffer).getDetailsList();
      expect(others).toEqual([]);
      expect(detail?.getTypeUrl()).toBe("type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
      const kept = ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
      expect([kept.getId(), kept.getReasonsList()]).toEqual(["the/id", ["first", "second"]]);
      expect(kept.getRefreshBeforeUpdate()).toBe(true);
      expect(kept.getProperties()?.toJavaScript()).toEqual({
        value: secret("v"),
        valueSha256: secret("h"),
        written: 1,
      });
    },
  );

  test("too large for the connection leaves out the largest properties, and keeps the resource", () => {
    const properties = struct({ value: "x".repeat(20 << 20), metadata: "y".repeat(1 << 20), key: "k" });
    const error = new InitFailedError("id", {}, Array(1000).fill("z".repeat(10_000)));
    const { details, metadata } = new InitFailure(error, properties).status();
    const [blob] = metadata?.get("grpc-status-details-bin") ?? [];
    expect(details?.length).toBeLessThan(5000);
    expect((blob as Buffer).length).toBeLessThan(9 << 20);
    expect([
      ...properties
        .getFieldsMap()
        .toArray()
        .map(([key]) => key),
    ]).toEqual(["key", "metadata"]);
  });
});
