/** Preloaded into a command (`--import`): at its end it writes what was loaded to the file that `LOADED_MODULES` names. */
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import process from "node:process";

const path = process.env.LOADED_MODULES!;
// The hooks are on a thread of their own, which is why they write for themselves.
const hooks = `
  import { appendFileSync } from "node:fs";
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(path)}, url + "\\n");
    return await next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
process.on("exit", () => {
  const { cache } = createRequire(import.meta.url);
  for (const module of Object.keys(cache)) appendFileSync(path, `${module}\n`);
});
