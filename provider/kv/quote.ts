import { terminalControls } from "./error";

/** A name as a message shows it: in quotes, on one line, and the same whatever shows it. Anybody may have written it. */
export function quoted(name: string): string {
  // JSON escapes some of them only.
  return JSON.stringify(name).replaceAll(terminalControls, escaped);
}

/** What stands in an id's place: what is as long as a credential, and begins as no id does, is not quoted. */
export function quotedId(id: string): string {
  return id.length <= 32 || /^[0-9a-f]{32}\//.test(id) ? quoted(id) : `${id.length} characters`;
}

function escaped(characters: string): string {
  const units = Array.from({ length: characters.length }, (_, index) => characters.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
