import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { isSystemError } from "../../asset-content";
import { beginsWith } from "./text";

/** Bytes that an unpacked source may have, whatever it was packed from. */
const maxBytes = 4 * 1024 ** 3;
/** An honest text is packed to no less than a thousandth; below this size nobody asks. */
const maxRatio = 1000;
const freeBytes = 64 * 1024 ** 2;

const packers = [
  { name: "gzip", magic: Buffer.from([0x1f, 0x8b]), open: createGunzip },
  { name: "zstd", magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), open: createZstdDecompress },
] as const;

const encodings = [
  { label: "utf-16le", mark: Buffer.from([0xff, 0xfe]) },
  { label: "utf-16be", mark: Buffer.from([0xfe, 0xff]) },
] as const;

/** A source whose bytes are not what their beginning says. It has no value in it. */
export class UnreadableError extends Error {}

/**
 * The text of a source as UTF-8, whatever it is packed and written in: gzip or zstd by their first bytes, UTF-16 by its
 * byte order mark. The memory of a chunk may be used again for the next.
 *
 * @throws UnreadableError where what is packed is not whole, or unpacks to more than a source may.
 */
export async function* utf8Of(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* decoded(unpacked(chunks));
}

async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, all } = await peek(chunks, 4);
  const packer = packers.find(({ magic }) => beginsWith(head, magic));
  if (!packer) return yield* all;
  let packedBytes = 0;
  const counting = async function* () {
    for await (const chunk of all) {
      packedBytes += chunk.length;
      yield Buffer.from(chunk);
    }
  };
  let bytes = 0;
  try {
    for await (const chunk of pipeline(Readable.from(counting()), packer.open(), () => {})) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new UnreadableError("unpacks to more than 4 GiB");
      if (bytes > freeBytes && bytes > packedBytes * maxRatio) {
        throw new UnreadableError(`unpacks to more than ${maxRatio} times its size, as no text of entries does`);
      }
      yield chunk;
    }
  } catch (error) {
    const isPackers = isSystemError(error) && /^(Z_|ZSTD_)/.test(String(error.code));
    throw isPackers ? new UnreadableError(`is ${packer.name} that is damaged, or ends too early`) : error;
  }
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, all } = await peek(chunks, 2);
  const encoding = encodings.find(({ mark }) => beginsWith(head, mark));
  if (!encoding) return yield* all;
  const decoder = new TextDecoder(encoding.label, { fatal: true });
  try {
    for await (const chunk of all) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ERR_ENCODING_INVALID_ENCODED_DATA") throw error;
    throw new UnreadableError("is not valid UTF-16, as its byte order mark says");
  }
}

interface Peeked {
  /** So many bytes at least, unless there are no more. */
  readonly head: Buffer;
  /** From the beginning. */
  readonly all: AsyncGenerator<Buffer>;
}

async function peek(chunks: AsyncIterable<Buffer>, bytes: number): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  let next = await iterator.next();
  let head: Buffer = next.done ? Buffer.alloc(0) : next.value;
  while (!next.done && head.length < bytes) {
    head = Buffer.from(head);
    next = await iterator.next();
    if (!next.done) head = Buffer.concat([head, next.value]);
  }
  const all = async function* () {
    try {
      if (head.length > 0) yield head;
      while (!next.done) {
        next = await iterator.next();
        if (!next.done) yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  };
  return { head, all: all() };
}
