import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { makeBundle } from "./bundle";
import { type Packaged, packagePlugin } from "./package";
import { root } from "./root";
import { host, type Target, targets } from "./targets";

const names = targets.map(({ name }) => name).join("|");
const usage = `npm run package [-- --target ${names} | --all] [--without-runtime] [--output FOLDER]`;

/** `npm run package`: the archives that Pulumi downloads, and their SHA-256 sums. */
main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

async function main(args: readonly string[]): Promise<void> {
  const command = commandOf(args);
  if (!command) {
    console.error(`usage: ${usage}`);
    process.exitCode = 2;
    return;
  }
  const { chosen, output, withoutRuntime } = command;
  const bundle = await makeBundle();
  const done: Packaged[] = [];
  for (const target of chosen) {
    const packaged = await packagePlugin(target, bundle, { output, withoutRuntime });
    done.push(packaged);
    console.log(`${packaged.archive}: ${(packaged.bytes / 2 ** 20).toFixed(1)} MiB, ${packaged.form}`);
  }
  writeFileSync(
    join(output, "SHA256SUMS"),
    done.map(({ sha256, archive }) => `${sha256}  ${basename(archive)}\n`).join(""),
  );
}

interface Command {
  readonly chosen: readonly Target[];
  readonly output: string;
  readonly withoutRuntime: boolean;
}

/** Undefined where it cannot be understood; then it has said why. */
function commandOf(args: readonly string[]): Command | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        target: { type: "string", multiple: true },
        all: { type: "boolean", default: false },
        "without-runtime": { type: "boolean", default: false },
        output: { type: "string", default: join(root, "build", "package") },
      },
    });
    const chosen = values.all ? targets : values.target ? values.target.map(targetOf) : [targetOf(host?.name)];
    return { chosen, output: values.output, withoutRuntime: values["without-runtime"] };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

function targetOf(name = `${process.platform}-${process.arch}`): Target {
  const found = targets.find((target) => target.name === name);
  if (!found) throw new Error(`There is no target ${name}: expected one of ${names}`);
  return found;
}
