/** What goes back over the wire. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export function success(result: unknown, resultInfo?: Record<string, unknown>): Answer {
  const envelope = { success: true, errors: [], messages: [], result };
  return json(200, resultInfo === undefined ? envelope : { ...envelope, result_info: resultInfo });
}

export function failure(status: number, code: number, message: string): Answer {
  return json(status, { success: false, errors: [{ code, message }], messages: [], result: null });
}

export function json(status: number, content: unknown): Answer {
  return text(status, "application/json", JSON.stringify(content));
}

export function text(status: number, contentType: string, content: string): Answer {
  return { status, headers: { "content-type": contentType }, body: Buffer.from(content) };
}
