/** The suite as files that a page or a worker loads. */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const BUILD: string = fileURLToPath(new URL("../../", import.meta.url));
const HERE: string = fileURLToPath(new URL(".", import.meta.url));
/** The folder of the package's build for the web. */
const ZSTD: string = join(dirname(createRequire(import.meta.url).resolve("@bokuweb/zstd-wasm")), "../web");

/** Writes `page.js`, `worker.js`, and beside them the file that zstd's encoder fetches. */
export async function bundlePage(directory: string): Promise<void> {
  await build({
    entryPoints: { page: join(HERE, "page-entry.js"), worker: join(HERE, "page-worker-entry.js") },
    outdir: directory,
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "warning",
  });
  await copyFile(join(ZSTD, "zstd.wasm"), join(directory, "zstd.wasm"));
}

/** Writes `worker.js`, the modules that it imports, and `config.capnp`, which serves it at `port`. */
export async function bundleWorker(directory: string, port: number): Promise<void> {
  const modules = new Map<string, string>();
  await build({
    entryPoints: [join(HERE, "workerd-entry.js")],
    outfile: join(directory, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd"],
    logLevel: "warning",
    // The file that would be fetched is imported instead, so this address is never used.
    define: { "import.meta.url": JSON.stringify("file:///worker.js") },
    plugins: [resolveModules(modules)],
  });
  for (const [name, path] of modules) await copyFile(path, join(directory, name));
  await writeFile(join(directory, "config.capnp"), configOf([...modules.keys()], port));
}

/** Leaves `.wasm` files to the worker. */
function resolveModules(modules: Map<string, string>): Plugin {
  return {
    name: "worker-modules",
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm$/ }, ({ path }) => {
        const name = basename(path);
        modules.set(name, join(BUILD, "kernels", name));
        return { path: `./${name}`, external: true };
      });
    },
  };
}

function configOf(modules: readonly string[], port: number): string {
  const rows = modules.map((name) => `(name = "${name}", wasm = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local"], deny = [])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js"), ${rows.join(", ")}],
  compatibilityDate = "2026-01-01",
);
`;
}

/** Bytes of a file that `bundlePage` wrote. */
export function readBundle(directory: string, name: string): Promise<Uint8Array> {
  return readFile(join(directory, name));
}
