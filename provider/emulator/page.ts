import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type Answer, json, text } from "./answer";
import { ownOnly } from "./browser-guard";
import { deliver } from "./deliver";

const file = join(__dirname, "../../../provider/emulator/page.html");

/** Answers with the page that shows in a browser what the emulator holds. It reads that from the control resource. */
export async function page({ method = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
  await deliver(ownOnly(answerTo(method)), undefined, response);
}

function answerTo(method: string): Answer {
  if (method === "GET" || method === "HEAD") return pageAnswer();
  return json(405, { error: `There is no ${method} /.` });
}

function pageAnswer(): Answer {
  const html = readFileSync(file, "utf8");
  const answer = text(200, "text/html; charset=utf-8", html);
  return { ...answer, headers: { ...answer.headers, ...pageHeaders, "content-security-policy": policyFor(html) } };
}

/** Nobody but the emulator is asked, and nothing runs but the page's own script, whatever a value says. */
function policyFor(html: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(html, "script")}'`,
    `style-src '${hashOf(html, "style")}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** The page has one of each. */
function hashOf(html: string, element: "script" | "style"): string {
  const content = html.slice(html.indexOf(`<${element}>`) + element.length + 2, html.indexOf(`</${element}>`));
  return `sha256-${createHash("sha256").update(content).digest("base64")}`;
}

const pageHeaders = {
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};
