import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The wire's own words, written out once more: the codec must not be tested against itself. */
const signature = "4dabf18193072939515e22adb298388d";

export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const sentinels = {
  bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: unknown,
  array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
  archive: "e48ece36-62e2-4504-bad9-02848725956a",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};

type Wire = Parameters<typeof Struct.fromJavaScript>[0];
type WireValue = Wire[string];

export const secret = (value: unknown) => signed("1b47061264138c4ac30d75fd1eb44270", { value });
export const output = (fields: object) => signed("d0e6a833031e9bbcd3f4e8bde6ca49a4", fields);
export const reference = (fields: object) => signed("5cf8f73096256a8f31e491e813e4eb8e", fields);
export const byteString = (value: string) => signed("803fd3297a5875dc03ca845dda5d2a98", { value });
export const asset = (fields: object) => signed("c44067f5952c0a294b673a41bacd8c17", fields);
export const archive = (fields: object) => signed("0def7320c3a5731c473e5ecbe6d01bc7", fields);

export function signed(kind: unknown, fields: object): Record<string, WireValue> {
  return { [signature]: kind, ...fields } as Record<string, WireValue>;
}

export function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && Reflect.get(value, signature) === secret(null)[signature];
}

export function struct(properties: object): Struct {
  return Struct.fromJavaScript(properties as Wire);
}

/** Parsed from bytes, since the library would not write a key `__proto__`. */
export function structWithKeys(...keys: string[]): Struct {
  const text = field(2, field(3, Buffer.from("v")));
  const entries = keys.map((key) => field(1, Buffer.concat([field(1, Buffer.from(key)), text])));
  return Struct.deserializeBinary(new Uint8Array(Buffer.concat(entries)));
}

/** The bytes of a struct whose one property is a list in a list in a list. */
export function deepStruct(depth: number): Buffer {
  let value = Buffer.from([8, 0]);
  for (let level = 0; level < depth; level++) value = field(6, field(1, value));
  return field(1, Buffer.concat([field(1, Buffer.from("deep")), field(2, value)]));
}

/** A length-delimited field of protobuf. */
export function field(number: number, bytes: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([header(number, bytes.length), bytes]);
}

/** What stands before the bytes of such a field. */
export function header(number: number, size: number): Buffer<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = size; rest > 0 || length.length === 0; rest >>= 7) length.push((rest & 127) | 128);
  length.push((length.pop() ?? 0) & 127);
  return Buffer.from([(number << 3) | 2, ...length]);
}
