/** Values as text, for output that people read or scripts split into lines. */
import type { FieldValue } from "./field.js";

/** The words are the `openstack` client's, which are Python's: scripts compare against `True` and `None`. */
export function textOf(value: FieldValue): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return String(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([key, text]) => `${key}='${text}'`).join(", ");
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * `text` on one line, with control characters escaped: names come from repositories that others write to, and a
 * terminal obeys what it receives. C1 codes, and the separators and direction marks that change a line, are included.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (control) => {
    const code = control.charCodeAt(0);
    const hex = code.toString(16);
    return NAMED.get(control) ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
}

/**
 * Double-quoted with JSON's escapes, which YAML shares; other characters that YAML does not call printable, that end a
 * line, or that change the direction of a terminal's text are escaped as well.
 */
export function quoteText(text: string): string {
  return escapeQuoted(JSON.stringify(text));
}

/** JSON of a value, with the characters escaped that `quoteText` escapes. */
export function printJson(value: unknown): string {
  return `${escapeQuoted(JSON.stringify(value, undefined, 2))}\n`;
}

/** JSON has such characters inside quotation marks only. */
function escapeQuoted(json: string): string {
  return json.replaceAll(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
