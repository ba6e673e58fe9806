/**
 * Writes what workerd needs into a directory: `node examples/edge/bundle.js DIRECTORY`, then
 * `workerd serve DIRECTORY/config.capnp`.
 */
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BUILD = fileURLToPath(new URL("../../build/", import.meta.url));

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Cannot bundle: want a directory to write to");
await mkdir(directory, { recursive: true });
const kernels = new Set();
await build({
  entryPoints: [join(BUILD, "examples/edge/worker.js")],
  outfile: join(directory, "worker.js"),
  bundle: true,
  format: "esm",
  platform: "browser",
  conditions: ["workerd"],
  logLevel: "warning",
  // zstd's encoder of levels above 3 would be fetched from beside the module; it is not used here.
  define: { "import.meta.url": JSON.stringify("file:///worker.js") },
  plugins: [
    {
      name: "kernels",
      setup({ onResolve }) {
        onResolve({ filter: /^ashlar\/kernels\/.*\.wasm$/ }, ({ path }) => {
          kernels.add(basename(path));
          return { path: `./${basename(path)}`, external: true };
        });
      },
    },
  ],
});
for (const name of kernels) await copyFile(join(BUILD, "kernels", name), join(directory, name));
await copyFile(join(HERE, "config.capnp"), join(directory, "config.capnp"));
