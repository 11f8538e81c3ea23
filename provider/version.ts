import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The package's version, from the package.json beside `dist`. */
export const version: string = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")).version;
