import { cleanLeftovers } from "./clean";
import { Halted, Unable } from "./errors";
import { listing } from "./listing";
import { readOptions, usage } from "./options";
import { run } from "./run";
import { targetOf } from "./target";

main(process.argv.slice(2))
  .catch((error: unknown) => {
    if (error instanceof Halted) return 130;
    console.error(error instanceof Unable ? error.message : error);
    return 2;
  })
  // What an interrupt has left under way in the engine ends with this process.
  .then((code) => process.exit(code));

/** Answers the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  if (typeof options === "string") throw new Unable(options);
  if (options.isList) {
    console.log(listing(options.parts));
    return 0;
  }
  const target = targetOf(process.env);
  return options.isClean ? cleanLeftovers(target) : run(target, options.parts);
}
