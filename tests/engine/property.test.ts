import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { CallError } from "../../tools/engine/call";
import {
  changesBetween,
  secret,
  withContentsOf,
  withHashes,
  withoutContents,
  withoutSecrets,
  withSecretsOf,
} from "../../tools/engine/property";

const asset = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17" };

test("secrets are taken off wherever they are, and put back on what has the same name", () => {
  const originals = { a: secret("x"), list: [1, secret(2)], deep: { b: secret({ c: 1 }), d: 1 }, other: secret(1) };
  const clear = withoutSecrets(originals);
  expect(clear).toEqual({ a: "x", list: [1, 2], deep: { b: { c: 1 }, d: 1 }, other: 1 });
  const marked = withSecretsOf({ ...clear, extra: 1 }, originals);
  expect(marked).toEqual({ ...originals, list: secret([1, 2]), extra: 1 });
});

test("an asset is elided to its hash, and restored by it", () => {
  const whole = withHashes({ text: { ...asset, text: "abc", __pulumiAsset: true } }, ".");
  const elided = withoutContents(whole);
  expect(elided.text).toEqual({ ...asset, hash: expect.stringMatching(/^ba7816bf/) });
  expect(withContentsOf(elided, whole)).toEqual(whole);
  expect(whole.text).not.toHaveProperty("__pulumiAsset");
  expect(changesBetween(whole, elided)).toEqual({});
});

test.each([
  [{ a: 1 }, { a: 1 }, {}],
  [{ a: secret(1) }, { a: 1 }, {}],
  [{ a: null }, {}, {}],
  [{}, { a: 1 }, { a: "add" }],
  [{ a: 1 }, {}, { a: "delete" }],
  [
    { a: { b: [1, { c: 1 }] } },
    { a: { b: [2, { c: 2 }, 3] } },
    { "a.b[0]": "update", "a.b[1].c": "update", "a.b[2]": "add" },
  ],
  [{ a: { 'x."y': 1 } }, { a: { 'x."y': 2 } }, { 'a["x.\\"y"]': "update" }],
  [{ a: [] }, { a: {} }, { a: "update" }],
])("between %j and %j the engine sees %j", (olds, news, changes) => {
  expect(changesBetween(olds, news)).toEqual(changes);
});

test("details of an error count only when their code is that of the error, as for the engine", () => {
  expect(new CallError(failure(status.UNKNOWN)).unfinished?.getId()).toBe("made");
  expect(new CallError(failure(status.OK)).unfinished).toBeUndefined();
});

function failure(codeInDetails: status): ServiceError {
  const any = new Any();
  any.pack(new ErrorResourceInitFailed().setId("made").serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new Status().setCode(codeInDetails).setDetailsList([any]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return Object.assign(new Error("failed"), { code: status.UNKNOWN, details: "failed", metadata });
}
