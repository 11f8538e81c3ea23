import { spawnSync } from "node:child_process";
import type { LaunchOptions } from "puppeteer-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The Chromium on PATH; undefined where there is none. */
export const browserPath = names.map(pathOf).find((path) => path !== "");

/** Starts it without a window. Its sandbox does not serve the superuser, whom containers often run as. */
export const launchOptions: LaunchOptions = {
  executablePath: browserPath,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
};

function pathOf(program: string): string {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
