/** A window closes when nothing has arrived for so long, */
const quietMs = 2;
/** or when it has been open for so long. */
const mostMs = 10;

interface Open<Item> {
  readonly items: Item[];
  readonly since: number;
  timer: NodeJS.Timeout;
}

/** Collects what arrives at about the same time, each group for itself. */
export class Window<Item> {
  readonly #open = new Map<string, Open<Item>>();
  readonly #onClose: (items: Item[]) => void;

  constructor(onClose: (items: Item[]) => void) {
    this.#onClose = onClose;
  }

  add(group: string, item: Item): void {
    const open = this.#open.get(group);
    if (!open) {
      const items = [item];
      this.#open.set(group, { items, since: performance.now(), timer: this.#closeLater(group, quietMs) });
      return;
    }
    open.items.push(item);
    clearTimeout(open.timer);
    open.timer = this.#closeLater(group, Math.min(quietMs, open.since + mostMs - performance.now()));
  }

  #closeLater(group: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#close(group), Math.max(0, ms));
  }

  #close(group: string): void {
    const items = this.#open.get(group)?.items ?? [];
    this.#open.delete(group);
    this.#onClose(items);
  }
}
