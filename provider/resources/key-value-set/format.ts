/** 99880 as 99,880, in every language of the machine. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 request`, `2,000 requests`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `1 entry`, `2,000 entries`. */
export function countedEntries(count: number): string {
  return `${grouped(count)} ${count === 1 ? "entry" : "entries"}`;
}

const mostListed = 20;

/** The first few, each as a line of its own, and how many more there are. */
export function listed<T>(items: readonly T[], lineOf: (item: T, index: number) => string): string[] {
  const lines = items.slice(0, mostListed).map(lineOf);
  return items.length > lines.length ? [...lines, `… and ${grouped(items.length - lines.length)} more`] : lines;
}
