import fc from "fast-check";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { decode, encode } from "../../provider/entries/plugin/codec";
import { wholly } from "../../provider/entries/plugin/secrets";
import { InputError } from "../../provider/pulumi/errors";
import {
  archive,
  asset,
  byteString,
  isSecret,
  output,
  reference,
  secret,
  sentinels,
  signed,
  struct,
  structWithKeys,
  unknown,
} from "../../tools/wire";

const properties = (wire: object) => decode(struct(wire)).properties;
const roundTrip = (wire: object) => {
  const decoded = decode(struct(wire));
  return encode(decoded.properties, decoded.secrets).toJavaScript();
};

describe("decoding", () => {
  test("a missing struct has no properties", () => {
    expect(decode(undefined)).toEqual({ properties: {}, secrets: new Map() });
  });

  test.each(Object.entries(sentinels))("an unknown %s becomes the one sentinel", (_, sentinel) => {
    expect(properties({ a: sentinel, b: [{ c: sentinel }] })).toEqual({ a: unknown, b: [{ c: unknown }] });
  });

  test("secrets are unwrapped wherever they are, also around unknowns and around each other", () => {
    expect(properties({ a: secret("s"), b: [1, secret({ c: secret(sentinels.object) })] })).toEqual({
      a: "s",
      b: [1, { c: unknown }],
    });
  });

  test("an output is its value, an unknown where it has none, and as secret as it says", () => {
    const decoded = decode(
      struct({
        a: output({ value: 1, dependencies: ["u"] }),
        b: output({ secret: true }),
        c: output({ value: "x", secret: true }),
      }),
    );
    expect(decoded.properties).toEqual({ a: 1, b: unknown, c: "x" });
    expect(decoded.secrets).toEqual(wholly(["b", "c"]));
  });

  test.each([
    ["its id", { urn: "u", id: "the-id" }, "the-id"],
    ["an unknown while the id is empty", { urn: "u", id: "" }, unknown],
    ["an unknown while the id is", { urn: "u", id: sentinels.string }, unknown],
    ["an unknown while the id is an output without a value", { urn: "u", id: output({}) }, unknown],
    ["its URN where it is a component", { urn: "u" }, "u"],
  ])("a resource reference is %s", (_, fields, expected) => {
    expect(properties({ a: reference(fields) })).toEqual({ a: expected });
  });

  test.each([
    ["a path", asset({ path: "seed.json", hash: "h" })],
    ["an empty text", asset({ text: "", hash: "h" })],
    ["a hash only", asset({ hash: "h" })],
    ["an archive of assets", archive({ hash: "h", assets: { a: asset({ text: "" }) } })],
  ])("an asset keeps its signature: %s", (_, value) => {
    expect(properties({ a: [value] })).toEqual({ a: [value] });
    expect(roundTrip({ a: [value] })).toEqual({ a: [value] });
  });

  test.each([
    ["a secret without a value", signed("1b47061264138c4ac30d75fd1eb44270", {}), "a.b[0] is malformed"],
    ["a signature that nobody knows", signed("x", { value: 1 }), "a.b[0] is malformed"],
    ["a signature that is no text", signed(1, { value: 1 }), "a.b[0] is malformed"],
    ["an asset of a number", asset({ text: 1 }), "a.b[0] is malformed"],
    ["an archive of a list", archive({ assets: [1] }), "a.b[0] is malformed"],
    ["a reference to nothing", reference({ name: "n" }), "a.b[0] is malformed"],
    ["a byte string", byteString("/w=="), "a.b[0] is not text in UTF-8"],
  ])("%s is refused, with its path and without its value", (_, value, sentence) => {
    expect(() => properties({ a: { b: [value] } })).toThrow(InputError);
    expect(() => properties({ a: { b: [value] } })).toThrow(sentence);
    expect(() => properties({ a: { b: [value] } })).not.toThrow("/w==");
  });

  test("a value of no kind is refused", () => {
    const wire = new Struct();
    wire.getFieldsMap().set("a", new Value());
    expect(() => decode(wire)).toThrow("a is malformed: expected a property value, received a value of no kind");
  });

  test("a key __proto__ is refused instead of lost, at any depth", () => {
    const nested = new Struct();
    nested.getFieldsMap().set("values", new Value().setStructValue(structWithKeys("a", "__proto__")));
    expect(() => decode(structWithKeys("a", "__proto__", "b"))).toThrow('A resource has a property named "__proto__"');
    expect(() => decode(nested)).toThrow('values has a property named "__proto__"');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("names of Object's own members are keys like any other", () => {
    const wire = structWithKeys("constructor", "toString", "hasOwnProperty");
    expect(decode(wire).properties).toEqual({ constructor: "v", toString: "v", hasOwnProperty: "v" });
    expect(roundTrip({ constructor: "v", toString: secret("v") })).toEqual({ constructor: "v", toString: secret("v") });
  });
});

describe("encoding", () => {
  const encoded = (value: object, ...secretNames: string[]) => encode({ ...value }, wholly(secretNames)).toJavaScript();

  test("undefined is absent in an object, and null in a list", () => {
    expect(encoded({ a: undefined, b: [undefined, 1] })).toEqual({ b: [null, 1] });
  });

  test("a lone surrogate becomes the replacement character, which the engine can read", () => {
    const wire = encode({ "k\ud800": "a\udc00" }, new Map()).serializeBinary();
    expect(Struct.deserializeBinary(wire).toJavaScript()).toEqual({ "k\ufffd": "a\ufffd" });
  });

  test("a key __proto__ is refused", () => {
    expect(() => encode({ a: JSON.parse('{"__proto__": 1}') }, new Map())).toThrow(
      'a has a property named "__proto__"',
    );
  });

  test.each([[1n], [() => 1], [Symbol("s")]])("%p is no property value", (value) => {
    expect(() => encode({ a: value }, new Map())).toThrow(TypeError);
  });

  test("a property of which nothing is left wraps nothing", () => {
    expect(encoded({ a: 1 }, "b")).toEqual({ a: 1 });
  });

  test.each([
    ["a list that has become shorter", [1, secret(2)], [1]],
    ["a list that has become text", [1, secret(2)], "1,2"],
    ["an object that has become a list", { b: secret(1) }, [1]],
    ["an object that has become a number", { b: secret(1) }, 1],
    ["a list that has become an object", [secret(1)], { 0: 1 }],
  ])("the whole is secret where the secret part cannot be found again: %s", (_, before, after) => {
    const { secrets } = decode(struct({ a: before }));
    expect(encode({ a: after }, secrets).toJavaScript()).toEqual({ a: secret(after) });
  });

  test("a secret part that is gone leaves the rest as it is", () => {
    const { secrets } = decode(struct({ a: { b: secret(1), c: 2 }, d: { e: secret(1) } }));
    expect(encode({ a: { c: 2 }, d: null }, secrets).toJavaScript()).toEqual({ a: { c: 2 }, d: null });
  });
});

describe("any properties", () => {
  const text = fc.string({ unit: "binary" });
  const name = text.filter((key) => key !== "__proto__");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom(...Object.values(sentinels)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(name, tie("value"), { maxKeys: 4 }),
      tie("value").map(secret),
      fc.record({ hash: fc.string(), text: fc.string() }).map(asset),
      fc.record({ hash: fc.string(), path: text }).map(archive),
      fc.dictionary(name, tie("value"), { maxKeys: 3 }).map((assets) => archive({ assets })),
      fc.constant(output({})),
      fc.record({ value: tie("value"), secret: fc.boolean() }).map(output),
      fc.record({ urn: text, id: text.filter((id) => id !== "") }).map(reference),
    ),
  }));
  const bag = fc.dictionary(name, value, { maxKeys: 5 });

  test("come back as they were, secrets included, with each unknown of the one kind", () => {
    fc.assert(fc.property(bag, (wire) => expect(roundTrip(wire)).toEqual(canonical(wire))));
  });

  test("reach the core without a wrapper", () => {
    fc.assert(fc.property(bag, (wire) => expect(properties(wire)).toEqual(bare(wire))));
  });

  test("as random bytes end in properties or in a sentence", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const wire = parsed(bytes);
        if (!wire) return;
        try {
          decode(wire);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** What the wire says: a secret inside a secret only once, an output as its value, and a reference as its id. */
function canonical(wire: unknown): unknown {
  if (isOutput(wire)) return canonical(wire.secret === true ? secret(outputValue(wire)) : outputValue(wire));
  if (isReference(wire)) return bare(wire.id);
  return isSecret(wire) ? secret(bare(wire)) : mapped(wire, canonical);
}

function bare(wire: unknown): unknown {
  if (isOutput(wire)) return bare(outputValue(wire));
  if (isReference(wire)) return bare(wire.id);
  return isSecret(wire) ? bare(wire.value) : mapped(wire, bare);
}

function isOutput(wire: unknown): wire is { value?: unknown; secret?: boolean } {
  return isSigned(wire, output({}));
}

function isReference(wire: unknown): wire is { id: unknown } {
  return isSigned(wire, reference({}));
}

function isSigned(wire: unknown, like: object): boolean {
  const isObject = typeof wire === "object" && wire !== null;
  return isObject && Object.entries(like).every(([key, kind]) => Reflect.get(wire, key) === kind);
}

function outputValue(wire: { value?: unknown }): unknown {
  return "value" in wire ? wire.value : unknown;
}

function mapped(wire: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(wire)) return wire.map(map);
  if (typeof wire === "object" && wire !== null) {
    return Object.fromEntries(Object.entries(wire).map(([key, value]) => [key, map(value)]));
  }
  return Object.values(sentinels).some((sentinel) => sentinel === wire) ? unknown : wire;
}

function parsed(bytes: Uint8Array): Struct | undefined {
  try {
    return Struct.deserializeBinary(bytes);
  } catch {
    return undefined;
  }
}
