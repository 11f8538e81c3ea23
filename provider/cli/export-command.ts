import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { messageOf } from "../emulator/reasons";
import { systemClock } from "../kv/clock";
import { CancelledError, CloudflareError } from "../kv/error";
import { withoutAbsent } from "../pulumi/validate";
import { counted } from "../resources/key-value-set/format";
import { ConfigError } from "../session/config";
import { ProviderSession } from "../session/session";
import { exportKeys, findNamespace } from "./export";
import { ExportError } from "./export-error";
import { type ExportFormat, exportFormats, openOutput } from "./output";
import { Progress } from "./progress";

const usage = `usage: cloudflare-kv export --namespace ID|TITLE [--prefix P] [--format ${exportFormats.join("|")}] [-o FILE] [--resume] [--requests-per-five-minutes N]

  --namespace  a namespace: its id, <account id>/<id>, or its title
  --prefix     only the keys that begin so; by default all
  --format     ndjson, the default, an entry in each line; json, as \`wrangler kv bulk put\` takes it; files, a file for each
               value below the folder -o, without metadata and expirations
  -o FILE      where to write; by default standard output
  --resume     goes on with the file of an export that was interrupted
  --requests-per-five-minutes N
               how many requests it may send, by default 1,000: Cloudflare allows 1,200, for all of an account's tools

The account and the credential are those of the environment: CLOUDFLARE_ACCOUNT_ID, and CLOUDFLARE_API_TOKEN, or
CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL. A token that may read is enough.`;

export interface ExportOptions {
  readonly namespace: string;
  readonly prefix: string;
  readonly format: ExportFormat;
  /** Undefined for standard output. */
  readonly file: string | undefined;
  readonly resume: boolean;
  /** Undefined for the default. */
  readonly requestsPerFiveMinutes: number | undefined;
}

const interruptedCode = 130;

/** Answers the exit code. */
export async function runExport(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  if (typeof options === "string") return failed(options, 2);
  // An export holds little, and nothing for long: so V8 keeps its heap as small.
  setFlagsFromString("--optimize-for-size");
  const halt = new AbortController();
  const interrupt = () => halt.abort();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt);
  const progress = new Progress(process.stderr);
  try {
    const session = new ProviderSession(systemClock);
    const { requestsPerFiveMinutes } = options;
    session.configure({ args: withoutAbsent({ requestsPerFiveMinutes }), stack: {}, env: process.env });
    const log = { info: () => {}, warning: () => {}, status: (text: string) => progress.wait(text) };
    const context = session.context({ urn: "", preview: false, signal: halt.signal, log });
    const namespace = await findNamespace(options.namespace, context);
    const output = await openOutput(options);
    const source = { namespace, prefix: options.prefix };
    const told = await exportKeys(source, output, progress, context).finally(() => output.close());
    progress.end(told);
    return output.isPartial ? 1 : 0;
  } catch (error) {
    progress.end();
    if (halt.signal.aborted) return failed(interruptedText(options, progress.keys), interruptedCode);
    if (error instanceof ExportError) return failed(error.message, error.code);
    // Whoever reads has had enough, as `head` has.
    if (options.file === undefined && isBrokenPipe(error)) return 0;
    const sentence = sentenceOf(error, options);
    if (sentence === undefined) throw error;
    return failed(sentence, 1);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, interrupt);
  }
}

function failed(sentence: string, code: number): number {
  console.error(sentence);
  return code;
}

/** The options, "help", or the sentence that says what is wrong with them. */
function readOptions(args: string[]): ExportOptions | string {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        namespace: text,
        prefix: text,
        format: text,
        output: { type: "string", short: "o" },
        resume: { type: "boolean", default: false },
        "requests-per-five-minutes": text,
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return "help";
    const { namespace, prefix = "", format: name = "ndjson", output: file, resume } = values;
    const format = exportFormats.find((known) => known === name);
    if (!namespace) return "--namespace is required: the id or the title of a namespace.";
    if (!format) return `--format must be one of ${exportFormats.join(", ")}, not "${name}".`;
    if (format === "files" && !file) return "--format files needs -o, the folder to write to.";
    if (resume && !file) return "--resume needs -o, the file to go on with.";
    const requests = values["requests-per-five-minutes"];
    if (requests !== undefined && !/^[1-9]\d{0,8}$/.test(requests))
      return `--requests-per-five-minutes must be a whole number from 1, not "${requests}".`;
    const requestsPerFiveMinutes = requests === undefined ? undefined : Number(requests);
    return { namespace, prefix, format, file, resume, requestsPerFiveMinutes };
  } catch (error) {
    const [problem] = messageOf(error).split(". ");
    return `${problem}. cloudflare-kv export --help says which options there are.`;
  }
}

function interruptedText({ file }: ExportOptions, keys: number): string {
  const next = file ? "; --resume goes on with it" : "";
  return `Interrupted after ${counted(keys, "key")}${next}.`;
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Undefined for a fault of ours, which is shown as it is. */
function sentenceOf(error: unknown, { file }: ExportOptions): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof CloudflareError || error instanceof CancelledError) {
    return file ? `${error.message}. What was read is in ${file}; --resume goes on with it.` : error.message;
  }
  if (error instanceof Error && "syscall" in error && "code" in error)
    return `${file ?? "standard output"}: cannot be written: ${String(error.code)}.`;
  return undefined;
}
