/** Joins the dashboard's modules into `build/ui/main.js`, with its document, style and icon beside it. */
import { copyFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const outdir = "build/ui";

await rm(`${root}${outdir}`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ["build/src/ui/main.js", "src/ui/style.css"],
  outdir,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  // What browsers have that know light-dark() and AbortSignal.timeout().
  target: ["chrome123", "firefox120", "safari17.5"],
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"])
  await copyFile(`${root}src/ui/${name}`, `${root}${outdir}/${name}`);
