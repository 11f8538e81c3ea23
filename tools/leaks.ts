/** A secret that was found where it must not be. */
export interface Leak {
  readonly secret: string;
  /** How it was written there. */
  readonly form: string;
}

/** What would have been found by chance is no leak: shorter secrets cannot be looked for. */
const leastBytes = 8;

/** The secrets that stand somewhere in the text: as they are, in base64 at any alignment, percent-encoded or escaped. */
export function leaksOf(secrets: readonly string[], text: string): Leak[] {
  return secrets.flatMap((secret) => {
    const form = formsOf(secret).find(([, written]) => text.includes(written))?.[0];
    return form === undefined ? [] : [{ secret, form }];
  });
}

function formsOf(secret: string): [form: string, written: string][] {
  const bytes = Buffer.from(secret);
  if (bytes.length < leastBytes) throw new Error(`a secret of ${bytes.length} bytes cannot be looked for`);
  const base64 = [0, 1, 2].map((offset) => inBase64(bytes, offset));
  const percent = encodeURIComponent(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    ["raw", secret],
    ...base64.map((written): [string, string] => ["base64", written]),
    ...base64.map((written): [string, string] => ["base64url", written.replaceAll("+", "-").replaceAll("/", "_")]),
    ["percent-encoded", percent],
    ["percent-encoded", percent.replaceAll(/%../g, (code) => code.toLowerCase())],
    ["percent-encoded", bytes.toString("hex").replaceAll(/../g, "%$&")],
    ["percent-encoded", bytes.toString("hex").toUpperCase().replaceAll(/../g, "%$&")],
    ["JSON", escaped],
    ["JSON in JSON", JSON.stringify(escaped).slice(1, -1)],
  ];
}

/** The characters that depend on nothing but these bytes, when so many bytes modulo three stand before them. */
function inBase64(bytes: Buffer, offset: number): string {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  const bitsBefore = offset * 8;
  const bitsThrough = padded.length * 8;
  return padded.toString("base64").slice(Math.ceil(bitsBefore / 6), Math.floor(bitsThrough / 6));
}
