import * as pulumi from "@pulumi/pulumi";
import { asJson } from "../../sdk/json";
import { failureOf } from "../resources/world";

/** What an output or a promise holds, once it does. */
function settled(value: unknown): Promise<unknown> {
  return (value as { promise?(): Promise<unknown> }).promise?.() ?? Promise.resolve(value);
}

class Decimal {
  readonly digits = [1];
  toJSON(): string {
    return "1";
  }
}

class Owner {
  readonly name = "marketing";
}

const cyclic: { self?: object } = {};
cyclic.self = cyclic;

test.each<[object, string]>([
  [{ metadata: new Date() }, "metadata is a Date, which is not JSON: give text such as value.toISOString()"],
  [{ metadata: { a: [new Map()] } }, "metadata.a[0] is a Map, which is not JSON: give Object.fromEntries(value)"],
  [{ metadata: { "a b": new Set() } }, 'metadata["a b"] is a Set, which is not JSON: give [...value]'],
  [{ metadata: 1n }, "metadata is a bigint, which is not JSON: give a number, or text such as String(value)"],
  [{ metadata: Buffer.of(1) }, 'metadata is a Buffer, which is not JSON: give Buffer.from(value).toString("base64")'],
  [{ metadata: { x: Number.NaN } }, "metadata.x is NaN, which is not JSON"],
  [{ metadata: [-Infinity] }, "metadata[0] is -Infinity, which is not JSON"],
  [{ metadata: new Decimal() }, "metadata is a Decimal, which is not JSON: give text, or a plain object"],
  [{ metadata: () => 1 }, "metadata is a function, which is not JSON"],
  [{ metadata: cyclic }, "metadata.self has itself as a part, which is not JSON"],
  [{ value: new URL("http://a") }, "value is a URL, which is not JSON: give text, or a plain object"],
  [{ value: Buffer.of(1) }, "value is a Buffer, which is not JSON: give its bytes as valueBase64: Buffer.from(value)"],
  [{ entries: [{ value: new Uint8Array(1) }] }, "entries[0].value is a Uint8Array, which is not JSON: give its bytes"],
  [{ value: new ArrayBuffer(1) }, "value is an ArrayBuffer, which is not JSON: give its bytes as valueBase64"],
  [{ values: { a: new String("x") } }, "values.a is a String, which is not JSON: give text, or a plain object"],
])("refuses %p", (args, problem) => {
  expect(() => asJson('KeyValue "a"', args)).toThrow(`KeyValue "a": ${problem}`);
});

test("refuses what a promise holds, once it is known", async () => {
  const { metadata } = asJson('KeyValue "a"', { metadata: Promise.resolve({ at: new Date() }) }) as {
    metadata: unknown;
  };
  const { message } = await failureOf(settled(metadata));
  expect(message).toMatch(/^KeyValue "a": metadata.at is a Date/);
});

test("leaves alone what Pulumi sends as it is", async () => {
  const shared = { twice: true };
  const args = {
    value: "text",
    expiration: 1,
    metadata: { owner: new Owner(), none: null, left: undefined, list: [shared, shared], bare: Object.create(null) },
    source: new pulumi.asset.AssetArchive({ a: new pulumi.asset.StringAsset("x") }),
  };
  const read = asJson('KeyValue "a"', args) as typeof args;
  expect(read).toEqual({ ...args, metadata: { ...args.metadata, owner: { name: "marketing" } } });
  expect(read.source).toBe(args.source);
});

test("keeps an output a secret, and what it depends on", async () => {
  const { value } = asJson("x", { value: pulumi.secret("v") }) as { value: pulumi.Output<string> };
  expect([await pulumi.isSecret(value), await settled(value)]).toEqual([true, "v"]);
});
