/**
 * The parts of a multipart/form-data body by name, byte for byte; undefined when the body is not one. The platform's
 * own `formData()` decodes text parts as UTF-8, which would change values. The first part of a name counts.
 */
export function parseMultipart(contentType: string, body: Buffer): Map<string, Buffer> | undefined {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return undefined;
  const delimiter = `\r\n--${boundary}`;
  const parts = new Map<string, Buffer>();
  const opening = body.indexOf(`--${boundary}`);
  let start = opening + boundary.length + 2;
  while (opening >= 0 && body.toString("latin1", start, start + 2) !== "--") {
    const end = body.indexOf(delimiter, start);
    const part = end < 0 ? undefined : parsePart(body.subarray(start, end));
    if (part === undefined) return undefined;
    if (!parts.has(part.name)) parts.set(part.name, part.content);
    start = end + delimiter.length;
  }
  return opening < 0 ? undefined : parts;
}

/** Whether a body of this type is form data at all. */
export function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data\b/i.test(contentType);
}

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

function parsePart(part: Buffer): { name: string; content: Buffer } | undefined {
  const headersEnd = part.indexOf("\r\n\r\n");
  if (headersEnd < 0) return undefined;
  const headers = part.toString("utf8", 0, headersEnd);
  const name = /^content-disposition:\s*form-data\b.*?;\s*name=(?:"([^"]*)"|([^\s;]+))/im.exec(headers);
  if (name === null) return undefined;
  return { name: name[1] ?? name[2] ?? "", content: part.subarray(headersEnd + 4) };
}
