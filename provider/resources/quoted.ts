import { terminalControls } from "../kv/error";

/** A name as a message shows it: in quotes, on one line, and the same whatever shows it. Anybody may have written it. */
export function quoted(name: string): string {
  // JSON escapes some of them only.
  return JSON.stringify(name).replaceAll(terminalControls, escaped);
}

function escaped(characters: string): string {
  const units = Array.from({ length: characters.length }, (_, index) => characters.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
