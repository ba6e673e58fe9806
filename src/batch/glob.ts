/**
 * Paths by pattern: `*` and `?` within a name, `[a-z]`, `{a,b}`, and `**` for any number of directories. A leading dot
 * is matched by a dot only.
 */
import type { FileSystem } from "../ports.js";

type Tree = Pick<FileSystem, "list" | "status">;

/** The files and block devices that match an absolute pattern, in order. Symbolic links are followed, not into loops. */
export async function expandGlob(
  tree: Tree,
  pattern: string,
  exclude: readonly string[] = [],
): Promise<string[]> {
  const left = exclude.map(matcherOf);
  const found = new Set<string>();
  for (const each of alternatives(pattern)) {
    const names = each.split("/").filter((name) => name !== "");
    await walk({ tree, found }, "", names);
  }
  return [...found].filter((path) => !left.some((matches) => matches(path))).sort();
}

interface Walk {
  readonly tree: Tree;
  readonly found: Set<string>;
}

async function walk(to: Walk, directory: string, names: readonly string[]): Promise<void> {
  const [name, ...rest] = names;
  if (name === undefined) {
    const kind = (await to.tree.status(directory))?.kind;
    if (kind === "file" || kind === "block-device") to.found.add(directory);
    return;
  }
  if (name === "**") {
    await walk(to, directory, rest);
    for await (const entry of to.tree.list(directory || "/"))
      if (entry.kind === "directory" && !entry.name.startsWith("."))
        await walk(to, `${directory}/${entry.name}`, names);
    return;
  }
  if (!/[*?[]/.test(name)) return await walk(to, `${directory}/${name}`, rest);
  const expression = new RegExp(`^${nameExpression(name)}$`, "u");
  for await (const entry of to.tree.list(directory || "/")) {
    if (!expression.test(entry.name)) continue;
    if (rest.length > 0 && entry.kind === "file") continue;
    await walk(to, `${directory}/${entry.name}`, rest);
  }
}

/** Whether a path matches; a pattern without a slash is compared with the last name. */
function matcherOf(pattern: string): (path: string) => boolean {
  const expressions = alternatives(pattern).map((each) => {
    const names = each.split("/").map((name) => (name === "**" ? name : nameExpression(name)));
    return new RegExp(`^${names.join("/").replaceAll("**/", "(?:[^/]+/)*")}$`, "u");
  });
  const isName = !pattern.includes("/");
  return (path) => {
    const compared = isName ? path.slice(path.lastIndexOf("/") + 1) : path;
    return expressions.some((expression) => expression.test(compared));
  };
}

/** A regular expression of one name. */
function nameExpression(name: string): string {
  const start = /^[*?[]/.test(name) ? "(?!\\.)" : "";
  const body = name.replaceAll(/\[[!^]?[^\]]+\]|[\s\S]/gu, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 2 && part.startsWith("[")) return classOf(part);
    return part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  return start + body;
}

function classOf(part: string): string {
  const isNegated = /^\[[!^]/.test(part);
  const members = part.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\^[\]]/g, "\\$&");
  return `[${isNegated ? "^" : ""}${members}]`;
}

/** `a{b,c}` is `ab` and `ac`. */
function alternatives(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before = "", choices = "", after = ""] = match;
  return choices.split(",").flatMap((choice) => alternatives(before + choice + after));
}
