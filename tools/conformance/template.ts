import fc from "fast-check";
import { type Bag, secret, textAsset, type Value } from "./value";

/**
 * A property value in which an object with the one member `$…` stands for generated values (see `generators`), and
 * `${name}` in a text for what is known by that name when the case runs.
 */
export type Template = Value;

/** What `${name}` stands for. */
export type Names = (name: string) => string;

type Generator = (argument: Value, names: Names) => fc.Arbitrary<Value | typeof absent>;

/** What leaves the property out. */
const absent = Symbol("absent");

const generators: Readonly<Record<string, Generator>> = {
  /** One of these: `{"$oneOf": ["a", {"$integer": {}}]}`. */
  $oneOf: (choices, names) => fc.oneof(...(choices as Value[]).map((choice) => generator(choice, names))),
  /** This, or no such property. */
  $optional: (template, names) => fc.option(generator(template, names), { nil: absent }),
  /** A text, of `minLength` to `maxLength` characters, or as `matching` has it. */
  $string: (rules) => {
    const { matching, minLength = 0, maxLength = 20 } = rules as { [name: string]: never };
    return matching ? fc.stringMatching(new RegExp(matching)) : fc.string({ unit: "grapheme", minLength, maxLength });
  },
  $integer: (bounds) => fc.integer(bounds as object),
  /** Any JSON whose numbers come back as they are, without a null at the top. */
  $json: () =>
    fc
      .jsonValue({ maxDepth: 2 })
      .map(withoutProto)
      .filter((value) => value !== null && !/\d{16}/.test(JSON.stringify(value))),
  /** Bytes in base64. */
  $base64: () => fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  /** `min` to `max` of such items: `{"$list": {"of": {"$string": {}}, "max": 3}}`. */
  $list: (rules, names) => {
    const { of, min = 0, max = 3 } = rules as { of: Value; min?: number; max?: number };
    return fc.array(known(of, names), { minLength: min, maxLength: max });
  },
  /** `min` to `max` of such members, of names as `keys` generates them. */
  $map: (rules, names) => {
    const { of, keys, min = 0, max = 3 } = rules as { of: Value; keys: Value; min?: number; max?: number };
    return fc.dictionary(known(keys, names) as fc.Arbitrary<string>, known(of, names), { minKeys: min, maxKeys: max });
  },
  /** A text asset. */
  $asset: (template, names) => known(template, names).map((text) => textAsset(String(text))),
  /** The same, marked as a secret. */
  $secret: (template, names) => known(template, names).map(secret),
};

/** Bags of properties as the template has them. */
export function bagsOf(template: { readonly [name: string]: Template }, names: Names): fc.Arbitrary<Bag> {
  return known(template, names) as fc.Arbitrary<Bag>;
}

/** The text with what its names stand for. */
export function filledIn(text: string, names: Names): string {
  return text.replaceAll(/\$\{([\w.]+)\}/g, (_, name) => names(name));
}

function known(template: Template, names: Names): fc.Arbitrary<Value> {
  return generator(template, names) as fc.Arbitrary<Value>;
}

function generator(template: Template, names: Names): fc.Arbitrary<Value | typeof absent> {
  // Named anew in each run, for some names never stand for the same twice.
  if (typeof template === "string") return fc.constant(null).map(() => filledIn(template, names));
  if (typeof template !== "object" || template === null) return fc.constant(template);
  if (Array.isArray(template)) return fc.tuple(...template.map((item) => known(item, names)));
  const [[name, argument] = ["", null], ...others] = Object.entries(template);
  if (!name.startsWith("$") || others.length > 0) return membersOf(template as Bag, names);
  const make = generators[name];
  if (make) return make(argument, names);
  throw new TypeError(`there is no generator ${name}; there are ${Object.keys(generators).join(", ")}`);
}

function membersOf(template: Bag, names: Names): fc.Arbitrary<Value> {
  const members = Object.entries(template).map(([name, part]) => [name, generator(part, names)]);
  return fc.record(Object.fromEntries(members)).map((bag: Record<string, Value | typeof absent>) => {
    return Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== absent)) as Bag;
  });
}

/** Protobuf for JavaScript cannot carry such a name. */
function withoutProto(value: unknown): Value {
  return JSON.parse(JSON.stringify(value).replaceAll('"__proto__":', '"proto":'));
}
