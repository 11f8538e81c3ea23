/** Reads a text that comes in chunks, whose memory is used again after each. */
export interface TextReader {
  /** True when the rest does not matter any more. */
  readonly isDone: boolean;
  push(chunk: Buffer): void;
  end(): void;
}

/** Why a text cannot be read from some place on. */
export const reasons = {
  notJson: "not valid JSON",
  notUtf8: "not valid UTF-8",
  tooLong: "longer than an entry can be",
};
