import { nodeProblem } from "./node-version";

// Imported before all else: what comes after fails on an older Node.js with words that help nobody.
const problem = nodeProblem();
if (problem) throw Object.assign(new Error(problem), { stack: `Error: ${problem}` });
