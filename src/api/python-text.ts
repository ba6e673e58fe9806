/** JSON values as Python prints them: the reference system's messages quote what they refuse so. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, item]) => `${quote(key)}: ${repr(item)}`)
      .join(", ")}}`;
  return String(value);
}

/** Like `repr`, but a text stands without quotes. */
export function str(value: unknown): string {
  return typeof value === "string" ? value : repr(value);
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`);
  return `${mark}${escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}${mark}`;
}

/** A dictionary of texts in a query, in JSON or in Python's quotes; `undefined` where it is none. */
export function parseDictionary(text: string): Readonly<Record<string, string>> | undefined {
  const candidates = [text, text.replaceAll(/u?'((?:[^'\\]|\\.)*)'/g, (_, inner) => JSON.stringify(inner))];
  for (const candidate of candidates) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, str(item)]));
    } catch {
      // Not this notation.
    }
  }
  return undefined;
}
