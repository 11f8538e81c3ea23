import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./api";

const html = readFileSync(join(__dirname, "../../../provider/emulator/page.html"), "utf8");
const hashOf = (content: string) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;

let api: Api;
beforeEach(async () => {
  api = await Api.start();
});
afterEach(() => api.close());

const ask = (method: string, headers = {}) => fetch(api.emulator.page, { method, headers });

test("the page is one file, which may run its own script, ask the emulator, and do nothing else", async () => {
  const response = await ask("GET", { accept: "text/html" });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(html);
  const [script, style] = ["script", "style"].map((name) => html.split(`<${name}>`)[1]?.split(`</${name}>`)[0] ?? "");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy":
      `default-src 'none'; script-src ${hashOf(script ?? "")}; style-src ${hashOf(style ?? "")}; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
      "trusted-types 'none'",
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
});

test("a HEAD gets its headers, and other methods are refused", async () => {
  const head = await ask("HEAD");
  expect([head.status, head.headers.get("content-length")]).toEqual([200, String(Buffer.byteLength(html))]);
  const others = ["POST", "PUT", "DELETE", "OPTIONS"].map(async (method) => (await ask(method)).status);
  expect(await Promise.all(others)).toEqual([405, 405, 405, 405]);
});

test("what asks for it is not logged, and spoiled by no fault", async () => {
  api.emulator.setFaults([{ action: { status: 503 } }]);
  expect((await ask("GET")).status).toBe(200);
  expect(api.emulator.log).toEqual([]);
});

test("the control resource is kept from websites by its headers, too", async () => {
  const { headers } = await fetch(`${api.emulator.control}/namespaces`);
  expect(Object.fromEntries(headers)).toMatchObject({
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
});

test("the page makes nothing of a text but text, and fetches nothing from elsewhere", () => {
  expect(html).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|eval\(|new Function/,
  );
  expect(html).not.toMatch(/\bon\w+="|style="|javascript:|<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)/);
  expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
  expect(html.match(/<(script|style)\b/g)).toEqual(["<style", "<script"]);
});
