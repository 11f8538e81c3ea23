import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema } from "./schema";
import { sdkText } from "./sdk-text";

const root = join(__dirname, "..", "..");
const resources = join(root, "sdk", "resources.ts");

writeFileSync(join(root, "provider", "schema.json"), `${JSON.stringify(packageSchema(), null, 2)}\n`);
writeFileSync(resources, sdkText());
execFileSync("biome", ["format", "--write", resources], { stdio: "inherit" });
