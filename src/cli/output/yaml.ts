/**
 * YAML with the same meaning in versions 1.1 and 1.2. Version 1.1, which Python's readers and so the `openstack` client
 * use, does not take bare `no`, `12:30:45`, `1_000` and `2026-11-22` for text, so every text is quoted.
 */
import type { FieldValue } from "./field.js";
import { quoteText } from "./text.js";

export type YamlRecord = Readonly<Record<string, FieldValue>>;

/** A list of mappings. */
export function printYamlList(records: readonly YamlRecord[]): string {
  if (records.length === 0) return "[]\n";
  return records.map((record) => `- ${linesOf(record).join("\n  ")}\n`).join("");
}

/** One mapping. */
export function printYamlRecord(record: YamlRecord): string {
  return `${linesOf(record).join("\n")}\n`;
}

function linesOf(record: YamlRecord): string[] {
  const entries = Object.entries(record);
  if (entries.length === 0) return ["{}"];
  return entries.flatMap(([key, value]) => {
    if (typeof value !== "object" || value === null) return [`${keyOf(key)}: ${scalar(value)}`];
    const pairs = Object.entries(value);
    if (pairs.length === 0) return [`${keyOf(key)}: {}`];
    return [`${keyOf(key)}:`, ...pairs.map(([name, text]) => `  ${quoteText(name)}: ${quoteText(text)}`)];
  });
}

/** The keys of fields are Ashlar's own; keys of several words have underscores. */
const PLAIN_KEY = /^[a-z]+(_[a-z0-9]+)*$/;
/** Words that YAML 1.1 does not take for text. */
const RESERVED: ReadonlySet<string> = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

function keyOf(key: string): string {
  return PLAIN_KEY.test(key) && !RESERVED.has(key) ? key : quoteText(key);
}

function scalar(value: string | number | boolean | null): string {
  return typeof value === "string" ? quoteText(value) : String(value);
}
