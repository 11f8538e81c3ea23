import { parseArgs } from "node:util";

export const usage = `usage: npm run test:live -- [--list | --clean] [--only assumptions|scenarios]

Compares the KV REST API with what the emulator assumes of it, and plays the lives of resources on it. The account is that
of CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, whose token needs the permission "Workers KV Storage Write".

  --list       says what would be tried, and sends nothing
  --clean      removes what a run that was killed has left, and nothing else
  --only PART  tries one of the two

The exit code is 0 where all is as assumed, 1 where something is not, 2 where it cannot be tried, 130 after Ctrl-C.`;

export type Part = "assumptions" | "scenarios";

export interface Options {
  readonly isList: boolean;
  readonly isClean: boolean;
  readonly parts: readonly Part[];
}

const parts: readonly Part[] = ["assumptions", "scenarios"];

/** The options, "help", or the sentence that says what is wrong with them. */
export function readOptions(args: readonly string[]): Options | string {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { list: flag, clean: flag, only: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return "help";
    const chosen = parts.filter((part) => values.only === undefined || part === values.only);
    if (chosen.length === 0) return `--only must be assumptions or scenarios, not "${values.only}".`;
    return { isList: values.list, isClean: values.clean, parts: chosen };
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split(". ");
    return `${problem}. npm run test:live -- --help says which options there are.`;
  }
}
