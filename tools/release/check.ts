import { parseArgs } from "node:util";
import { root } from "../package/root";
import { gapsIn } from "./gaps";

/** `npm run release:check [-- --tag vX.Y.Z]`: what is missing for a release; exit code 1 if anything is. */
const { values } = parseArgs({ options: { tag: { type: "string" } } });
const gaps = gapsIn(root, values.tag);
for (const gap of gaps) console.error(gap);
console.log(gaps.length === 0 ? "release:check: nothing is missing" : `release:check: ${gaps.length} missing`);
process.exitCode = gaps.length === 0 ? 0 : 1;
