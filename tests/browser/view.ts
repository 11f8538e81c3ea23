import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "puppeteer-core";

const patienceMs = 10_000;

/** A tab with the emulator's page. Scripts are texts: the page's policy lets nothing else run in it. */
export class View {
  /** What the browser complained of: errors of the script, and what the page's policy forbids. An answer may be a 404. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (!message.text().startsWith("Failed to load resource")) this.complaints.push(message.text());
    });
    page.on("dialog", (dialog) => this.complaints.push(`dialog: ${dialog.message()}`));
  }

  static async open(browser: Browser, address: string, place: Record<string, string> = {}): Promise<View> {
    const page = await browser.newPage();
    const view = new View(page);
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(noteFirstView);
    await page.goto(`${address}#${new URLSearchParams(place)}`);
    return view;
  }

  evaluate<T>(script: string): Promise<T> {
    return this.page.evaluate(script) as Promise<T>;
  }

  /** What is seen of an element, or of all of a kind. */
  text(selector: string): Promise<string> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  }

  texts(selector: string): Promise<string[]> {
    return this.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.innerText)`);
  }

  /** Waits until an element says this. */
  async says(selector: string, expected: string | RegExp): Promise<void> {
    await this.until(
      async () => (await this.text(selector)).match(expected) !== null,
      async () => `${selector} says ${JSON.stringify(await this.text(selector))} and not ${expected}`,
    );
  }

  async press(...keys: Parameters<Page["keyboard"]["press"]>[0][]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** What has the focus, as its text or its id. */
  focused(): Promise<string> {
    return this.evaluate("document.activeElement.innerText || document.activeElement.id");
  }

  async until(condition: () => Promise<boolean>, complaint: () => Promise<string>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(await complaint());
      await sleep(20);
    }
  }
}

/** Milliseconds from the start of the navigation until the first keys are painted, as `firstViewMs`. */
const noteFirstView = `
  new MutationObserver((_, observer) => {
    if (document.querySelector("#keys .list a") === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.firstViewMs = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
`;
