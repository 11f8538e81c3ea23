/**
 * A secret in two halves: it is broken between them, and none of the two may be shown. Each is so short that a parser
 * that quotes ten characters around an error quotes the whole of it, and has what is written differently when it is
 * escaped or encoded. Each is of nine bytes, which base64 keeps apart.
 */
export const halves = ['p"1/+é7-', 'q"2/+é8_'] as const;

export const [head, tail] = halves;

export const secretText = head + tail;

export const headBase64 = Buffer.from(head).toString("base64");
export const tailBase64 = Buffer.from(tail).toString("base64");
