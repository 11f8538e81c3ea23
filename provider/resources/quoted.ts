/** What JSON leaves as it is, and a terminal does not: C1 controls, separators of lines, and what turns a text around. */
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A name as a message shows it: in quotes, on one line, and the same whatever shows it. Anybody may have written it. */
export function quoted(name: string): string {
  return JSON.stringify(name).replaceAll(obeyed, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
