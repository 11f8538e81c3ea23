import { writeFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { startEmulator } from "../../provider/emulator/emulator";
import { launchOptions } from "./browser";

const root = join(__dirname, "..", "..", "..");
const account = "0123456789abcdef0123456789abcdef";

/** Takes the picture of the emulator's page that its documentation shows. */
async function main(): Promise<void> {
  const emulator = await startEmulator();
  const browser = await puppeteer.launch(launchOptions);
  try {
    const namespace = await seed(emulator.url);
    emulator.setFaults([{ match: { operation: "bulk.put" }, times: 2, action: { status: 503 } }]);
    const place = new URLSearchParams({ namespace, key: "session/1042" });
    const page = await browser.newPage();
    await page.setViewport({ width: 1080, height: 560 });
    await page.goto(`${emulator.page}#${place}`);
    await page.waitForSelector("#value pre");
    await page.waitForSelector("#status[data-state=live]");
    writeFileSync(join(root, "docs", "emulator-page.webp"), await page.screenshot({ type: "webp", quality: 85 }));
  } finally {
    await browser.close();
    await emulator.close();
  }
}

/** Some data as programs have it; answers the namespace that is looked at. */
async function seed(url: string): Promise<string> {
  const redirects = await createNamespace(url, "redirects");
  const paths = Array.from({ length: 10_000 }, (_, index) => ({ key: `/articles/${index}`, value: `/blog/${index}` }));
  await call(url, "PUT", `/${redirects}/bulk`, paths);
  await createNamespace(url, "settings");
  const sessions = await createNamespace(url, "sessions");
  await call(url, "PUT", `/${sessions}/bulk`, sessionsOf(12));
  return sessions;
}

function sessionsOf(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `session/${1036 + index}`,
    value: JSON.stringify({ user: "ada", roles: ["admin", "editor"], cart: { items: index, total: 12.5 } }),
    metadata: { device: "phone", version: 3 },
    expiration_ttl: 3600 * (index + 1) ** 2 + 60,
  }));
}

async function createNamespace(url: string, title: string): Promise<string> {
  const { result } = (await call(url, "POST", "", { title })) as { result: { id: string } };
  return result.id;
}

async function call(url: string, method: string, path: string, content: unknown): Promise<unknown> {
  const headers = { authorization: "Bearer any", "content-type": "application/json" };
  const address = `${url}/accounts/${account}/storage/kv/namespaces${path}`;
  return (await fetch(address, { method, headers, body: JSON.stringify(content) })).json();
}

void main();
