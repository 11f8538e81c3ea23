/** 99880 as 99,880, in every language of the machine. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 request`, `2,000 requests`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first few, each on a line of its own, and how many more there are. */
export function listed(items: readonly string[], count = items.length, most = 20): string[] {
  const lines = items.slice(0, most);
  return count > lines.length ? [...lines, `… and ${grouped(count - lines.length)} more`] : lines;
}

/** A key as a message shows it: in quotes, with control characters escaped. */
export function quoted(key: string): string {
  return JSON.stringify(key);
}
