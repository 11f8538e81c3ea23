import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { patchProtobufStrings } from "../../provider/entries/plugin/protobuf-strings";

const slow = (value: unknown) => Struct.fromJavaScript({ value: String(value) }).serializeBinary();

test("strings are on the wire as they were, and are read as they were", () => {
  const texts = fc.sample(fc.string({ unit: "binary", maxLength: 40 }), 200);
  const all = [...texts, "", "é".repeat(20_000), "\u{1F600}".repeat(9000), "x".repeat(3_000_000)];
  const before = all.map(slow);
  patchProtobufStrings();
  for (const [index, text] of all.entries()) {
    const bytes = slow(text);
    expect(Buffer.compare(bytes, before[index] ?? Buffer.alloc(0))).toBe(0);
    expect(Struct.deserializeBinary(bytes).toJavaScript()).toEqual({ value: text });
  }
});
