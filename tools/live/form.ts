import type { Ask } from "./stage";

const boundary = "a-boundary-that-no-part-has";

/** The body of a form with these parts, and its type. */
export function form(parts: Readonly<Record<string, string>>): Pick<Ask, "body" | "headers"> {
  const texts = Object.entries(parts).map(
    ([name, content]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`,
  );
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return { headers, body: `${texts.join("")}--${boundary}--\r\n` };
}
