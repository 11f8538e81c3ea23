import { isUtf8 } from "node:buffer";
import type { CsvError, Parser } from "csv-parse";
import type { EntryCollector } from "./declared-entry";
import { parseJson } from "./json-text";
import { begunBytes, decodeUtf8, reasons, type TextReader, textPlace, textPosition } from "./text";

/** Texts in rows and columns; the first row names the columns. */
export type DelimitedForm = "csv" | "tsv";

const delimiters = { csv: ",", tsv: "\t" } as const;

/** The columns that hold a value: a table has one of them. */
const valueColumns = ["value", "valueBase64", "valueJson"];
const columns: ReadonlySet<string> = new Set([
  "key",
  ...valueColumns,
  "expiration",
  "expirationTtl",
  "expiration_ttl",
  "metadata",
]);
const numbers: ReadonlySet<string> = new Set(["expiration", "expirationTtl", "expiration_ttl"]);
const jsonColumns = ["valueJson", "metadata"];
const metadataPrefix = "metadata.";

/** What csv-parse tells of a record. */
interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Reads CSV as RFC 4180 has it, or the same with tabs: an entry a row. The first error of quoting ends the reading. */
export class DelimitedReader implements TextReader {
  readonly #name: string;
  readonly #collector: EntryCollector;
  readonly #parser: Parser;
  #header: readonly string[] | undefined;
  /** The beginning of a character that the next chunk completes. */
  #begun: Buffer = Buffer.alloc(0);
  #lineBreaks = 0;
  #isRefused = false;

  constructor(form: DelimitedForm, name: string, collector: EntryCollector, maxEntryBytes: number) {
    // Few sources need it, and it takes its time to load.
    const { parse } = require("csv-parse") as typeof import("csv-parse");
    this.#name = name;
    this.#collector = collector;
    this.#parser = parse({
      delimiter: delimiters[form],
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: maxEntryBytes,
    });
    // It is asked for after each chunk.
    this.#parser.on("error", () => {});
  }

  get isDone(): boolean {
    return this.#isRefused;
  }

  push(chunk: Buffer): void {
    // The parser keeps what it has not read of it.
    const bytes = Buffer.concat([this.#begun, chunk]);
    const end = bytes.length - begunBytes(bytes);
    this.#begun = bytes.subarray(end);
    this.#pushText(bytes.subarray(0, end));
  }

  end(): void {
    this.#pushText(this.#begun);
    if (this.isDone) return;
    this.#parser.end();
    this.#readRows();
  }

  /** The parser would replace what is no UTF-8, and say nothing. */
  #pushText(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (!isUtf8(bytes)) {
      const line = this.#lineBreaks + decodeUtf8(bytes).text.split("\n").length;
      this.#refuse(line, `${reasons.notUtf8}: save it as UTF-8`);
      return;
    }
    for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", at + 1)) this.#lineBreaks++;
    this.#parser.write(bytes);
    this.#readRows();
  }

  #readRows(): void {
    for (let row = this.#parser.read(); row !== null && !this.#isRefused; row = this.#parser.read()) this.#readRow(row);
    const { errored } = this.#parser;
    if (errored && !this.#isRefused)
      this.#refuse((errored as CsvError & { lines?: number }).lines ?? 1, reasonOf(errored));
  }

  #readRow({ record, info }: Row): void {
    // A record that has line breaks in its quotes ends some lines below where it begins.
    const line = info.lines - record.reduce((breaks, cell) => breaks + cell.split("\n").length - 1, 0);
    if (this.#header === undefined) this.#readHeader(record, line);
    else this.#readCells(this.#header, record, textPosition(line));
  }

  #readHeader(header: readonly string[], line: number): void {
    const names = header.map((name) => name.trim());
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    const values = valueColumns.filter((name) => names.includes(name));
    const hasMembers = names.some((name) => name.startsWith(metadataPrefix));
    if (names.length === 1 && /[;|\t]/.test(names[0] ?? ""))
      this.#refuse(line, "the columns are not separated by commas: save it with commas, or with tabs as TSV");
    else if (!names.includes("key"))
      this.#refuse(
        line,
        "the first row must name the columns, and none is key: name it so, and the value's column value",
      );
    else if (twice !== undefined) this.#refuse(line, "a column stands there twice");
    else if (values.length !== 1)
      this.#refuse(line, `must have one of the columns ${valueColumns.join(", ")}, and has ${values.length || "none"}`);
    else if (names.includes("metadata") && hasMembers)
      this.#refuse(line, "has a column metadata beside columns of its members");
    if (this.#isRefused) return;
    for (const name of names)
      if (!columns.has(name) && !name.startsWith(metadataPrefix)) this.#collector.remarkMember(name);
    this.#header = names;
  }

  #readCells(header: readonly string[], cells: readonly string[], position: number): void {
    if (cells.length !== header.length) {
      const found = `has ${cells.length} columns`;
      this.#collector.report(position, "", `${found}, and the first row has ${header.length}`);
      return;
    }
    const entry: Record<string, unknown> = {};
    const members: [string, string][] = [];
    for (const [index, name] of header.entries()) {
      const cell = cells[index] ?? "";
      // An empty text is a value; anywhere else it is none.
      if (name === "key" || valueColumns.includes(name)) entry[name] = cell;
      else if (cell === "") continue;
      else if (name.startsWith(metadataPrefix)) members.push([name.slice(metadataPrefix.length), cell]);
      else if (columns.has(name)) entry[name] = numbers.has(name) && /^-?\d+$/.test(cell) ? Number(cell) : cell;
    }
    if (members.length > 0) entry.metadata = Object.fromEntries(members);
    this.#add(entry, position);
  }

  /** Some cells are JSON. */
  #add(entry: Record<string, unknown>, position: number): void {
    const texts: string[] = [];
    for (const name of jsonColumns) {
      const cell = entry[name];
      if (typeof cell !== "string") continue;
      const parsed = parseJson(cell);
      if ("errorAt" in parsed) {
        this.#collector.report(position, name, `is ${reasons.notJson}`);
        return;
      }
      // Anywhere else null is a member that is not there.
      if (name === "valueJson" && parsed.value === null) entry.value = "null";
      entry[name] = parsed.value;
      texts.push(`"${name}":${cell}`);
    }
    this.#collector.add(entry, position, `{${texts.join()}}`);
  }

  #refuse(line: number, reason: string): void {
    this.#isRefused = true;
    this.#collector.refuse(textPlace(this.#name, textPosition(line)), reason);
  }
}

/** Its own words quote the text. */
function reasonOf(error: Error): string {
  switch ((error as CsvError).code) {
    case "CSV_MAX_RECORD_SIZE":
      return reasons.tooLong;
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quote that begins here, or above, has no end";
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return "a quote stands inside a cell: put the cell in quotes, and write each quote in it twice";
    default:
      return "not valid CSV";
  }
}
