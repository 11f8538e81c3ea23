import { isUtf8 } from "node:buffer";
import { BinaryReader, BinaryWriter } from "google-protobuf";

/**
 * The protobuf runtime reads and writes strings one character at a time, through lists of numbers: a set's manifest,
 * or a large value, takes longer that way than all that is done with it. On the wire a string is its UTF-8 bytes with
 * their length, as bytes are, and those are taken at once.
 */
export function patchProtobufStrings(): void {
  BinaryReader.prototype.readString = function readString(this: BinaryReader): string {
    const bytes = this.readBytes();
    if (!isUtf8(bytes)) throw new Error("it has text that is not UTF-8");
    const { buffer, byteOffset, byteLength } = bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
  };
  BinaryWriter.prototype.writeString = function writeString(this: BinaryWriter, field: number, value: string): void {
    this.writeBytes(field, Buffer.from(value));
  };
}
