import type { Reply } from "../raw-request";

interface Envelope {
  readonly success?: boolean;
  readonly errors?: readonly { readonly code: number }[];
  readonly result?: unknown;
  readonly result_info?: Readonly<Record<string, unknown>>;
}

/** `200`, or `404 (10013)`: texts are no promise of the API, and may have what must not be shown. */
export function outcomeOf(reply: Reply): string {
  if (reply.status < 400) return String(reply.status);
  const codes = (envelopeOf(reply).errors ?? []).map(({ code }) => code);
  return `${reply.status} (${codes.length > 0 ? codes.join(", ") : "no code"})`;
}

/** The same, and what the result is. */
export function outcomeWithResult(reply: Reply): string {
  return `${outcomeOf(reply)}, ${JSON.stringify(envelopeOf(reply).result)}`;
}

/** Empty where the body is none, such as a page of HTML. */
export function envelopeOf({ body }: Reply): Envelope {
  try {
    return (JSON.parse(body.toString()) as Envelope | null) ?? {};
  } catch {
    return {};
  }
}

/** The result's member of this name; undefined where there is none. */
export function member(reply: Reply, name: string): unknown {
  return (envelopeOf(reply).result as Record<string, unknown> | null | undefined)?.[name];
}

export function hasCode(reply: Reply, code: number): boolean {
  return (envelopeOf(reply).errors ?? []).some((error) => error.code === code);
}

/** The named things of a list, by the member that names them. */
export function namesIn(reply: Reply, name: "id" | "title" | "name"): string[] {
  const { result } = envelopeOf(reply);
  return Array.isArray(result) ? result.map((item) => String(item[name])) : [];
}
