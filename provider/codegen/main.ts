import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles } from "./files";

for (const { path, text } of generatedFiles()) writeFileSync(join(__dirname, "..", "..", "..", path), text);
