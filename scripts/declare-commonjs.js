/**
 * Writes a declaration file for programs of CommonJS beside that of each entry of the package.
 *
 * Node requires modules of ECMAScript, but TypeScript refuses to (TS1479) under `node16` and `node18`, unless the types
 * are those of CommonJS. Types are exported from the entry's own declarations, and each value is declared with its type
 * there. No entry has a default export, whose meaning would differ.
 */
import { readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const { exports } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));

for (const target of Object.values(exports)) {
  if (typeof target === "string") continue;
  const values = Object.entries(await import(new URL(target.default, root).href));
  const path = new URL(target.types.require, root);
  await writeFile(
    path,
    declarations(`./${path.pathname.split("/").at(-1).replace(".d.cts", ".js")}`, values),
  );
}

function declarations(entry, values) {
  const mode = 'with { "resolution-mode": "import" }';
  const lines = values.flatMap(([name, value]) => [
    `export declare const ${name}: typeof entry.${name};`,
    ...(isClass(value) ? [`export type ${name} = entry.${name};`] : []),
  ]);
  return [
    `import type * as entry from "${entry}" ${mode};`,
    `export type * from "${entry}" ${mode};`,
    ...lines,
    "",
  ].join("\n");
}

function isClass(value) {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
