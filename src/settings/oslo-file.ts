/** Parses configuration files by the grammar of oslo.config's parser: the same values, or an error. */
import { UsageError } from "../errors.js";

/** Values by name in each section by name; if an option is set several times, the last value. */
export type OsloSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

export const DEFAULT_SECTION = "DEFAULT";

/** Python's white space; JavaScript also counts a byte-order mark, which Python does not. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${SPACE}]+`);
const TRAILING = new RegExp(`[${SPACE}]+$`);

/** @throws UsageError that names the line, without quoting it, as it may hold a secret */
export function parseOsloFile(content: string): OsloSections {
  if (content.includes("\ufffd")) throw new UsageError("want UTF-8");
  if (content.startsWith("\ufeff"))
    throw new UsageError("line 1: want no byte-order mark, which oslo.config refuses");
  const reader = new OsloReader();
  for (const [index, line] of content.split(/\r\n|\r|\n/).entries()) reader.add(line, index + 1);
  return reader.sections;
}

/** Names of sections are case-insensitive, except `DEFAULT`. */
export function sectionName(name: string): string {
  return name === DEFAULT_SECTION ? name : name.toLowerCase();
}

class OsloReader {
  readonly sections = new Map<string, Map<string, string>>();
  #section: Map<string, string> | undefined;
  /** The option that an indented line continues. */
  #open: string | undefined;

  add(written: string, number: number): void {
    const line = written.replace(TRAILING, "");
    const refuse = (wanted: string): UsageError => new UsageError(`line ${number}: want ${wanted}`);
    if (line === "") {
      this.#open = undefined;
    } else if (/^[ \t]/.test(line)) {
      if (this.#open === undefined) throw refuse("no indented line that continues nothing");
      const begun = this.#section!.get(this.#open)!;
      this.#section!.set(this.#open, `${begun}\n${line.replace(LEADING, "")}`);
    } else if (line.startsWith("[")) {
      if (!line.endsWith("]") || line.length === 2) throw refuse("[SECTION]");
      this.#begin(sectionName(line.slice(1, -1)));
    } else if (/^[#;]/.test(line)) {
      this.#open = undefined;
    } else {
      this.#assign(line, refuse);
    }
  }

  #begin(name: string): void {
    this.#open = undefined;
    this.#section = this.sections.get(name) ?? new Map();
    this.sections.set(name, this.#section);
  }

  #assign(line: string, refuse: (wanted: string) => UsageError): void {
    const separator = line.search(/[=:]/);
    const name = strip(line.slice(0, Math.max(0, separator)));
    if (name === "") throw refuse("NAME = VALUE or NAME: VALUE");
    if (this.#section === undefined) throw refuse("a [SECTION] before the first option");
    this.#section.set(name, unquoted(strip(line.slice(separator + 1))));
    this.#open = name;
  }
}

function strip(text: string): string {
  return text.replace(LEADING, "").replace(TRAILING, "");
}

/** Removes one pair of quotes around the text. */
function unquoted(text: string): string {
  return /^["']/.test(text) && text[0] === text.at(-1) ? text.slice(1, -1) : text;
}
