/** Reads files of AWS's tools as botocore does: with the grammar of Python's `configparser`. */
import { UsageError } from "../../errors.js";

/** Sections by name; each has its values by name, in lower case. */
export type AwsSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Python's white space; JavaScript's also includes the byte-order mark. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const ENDS = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");
const INDENT = new RegExp(`^[${SPACE}]*`);
/** Section whose values are defaults for every other section. */
const SHARED = "DEFAULT";

function stripSpace(text: string): string {
  return text.replace(ENDS, "");
}

/** @throws UsageError for a file that `configparser` refuses; it names the line, but quotes nothing of it */
export function parseAwsFile(text: string): AwsSections {
  if (text.includes("\ufffd")) throw new UsageError("it is not UTF-8");
  const reader = new SectionReader();
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) reader.add(line, index + 1);
  return reader.sections();
}

class SectionReader {
  readonly #sections = new Map<string, Map<string, string[]>>();
  #section: Map<string, string[]> | undefined;
  /** Lines of the current value, which a line of deeper indent continues. */
  #value: string[] | undefined;
  #indent = 0;

  add(line: string, number: number): void {
    const text = stripSpace(line);
    if (/^[#;]/.test(text)) return;
    if (text === "") {
      this.#value?.push("");
      return;
    }
    const indent = INDENT.exec(line)![0].length;
    if (this.#value !== undefined && indent > this.#indent) {
      this.#value.push(text);
      return;
    }
    this.#indent = indent;
    const name = /^\[(.+)\]/.exec(text)?.[1];
    if (name === undefined) this.#assign(text, number);
    else this.#begin(name, number);
  }

  #begin(name: string, number: number): void {
    if (this.#sections.has(name) && name !== SHARED)
      throw new UsageError(`line ${number}: a section that began before`);
    this.#section = this.#sections.get(name) ?? new Map();
    this.#sections.set(name, this.#section);
    this.#value = undefined;
  }

  #assign(text: string, number: number): void {
    if (this.#section === undefined) throw new UsageError(`line ${number}: no section has begun`);
    const [, name = "", value = ""] = /^(.*?)[=:](.*)$/s.exec(text) ?? [];
    const key = stripSpace(name).toLowerCase();
    if (key === "") throw new UsageError(`line ${number}: want NAME = VALUE`);
    if (this.#section.has(key)) throw new UsageError(`line ${number}: an option that is set before`);
    this.#value = [stripSpace(value)];
    this.#section.set(key, this.#value);
  }

  sections(): AwsSections {
    const shared = this.#sections.get(SHARED) ?? new Map<string, string[]>();
    const named = [...this.#sections].filter(([name]) => name !== SHARED);
    return new Map(named.map(([name, own]) => [name, joined(new Map([...shared, ...own]))]));
  }
}

function joined(values: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const text = (lines: readonly string[]): string => lines.join("\n").replace(new RegExp(`[${SPACE}]+$`), "");
  return new Map([...values].map(([name, lines]) => [name, text(lines)]));
}
