import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema } from "./schema";
import { sdkFunctionsText } from "./sdk-functions-text";
import { sdkText } from "./sdk-text";

const root = join(__dirname, "..", "..");
const resources = join(root, "sdk", "resources.ts");
const functions = join(root, "sdk", "functions.ts");

writeFileSync(join(root, "provider", "schema.json"), `${JSON.stringify(packageSchema(), null, 2)}\n`);
writeFileSync(resources, sdkText());
writeFileSync(functions, sdkFunctionsText());
execFileSync("biome", ["format", "--write", resources, functions], { stdio: "inherit" });
