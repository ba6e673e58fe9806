import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { ZstdInstance } from "../../../codecs/zstd/wasm/instance.js";

const require = createRequire(import.meta.url);
const ENTRY: string = require.resolve("@bokuweb/zstd-wasm");

/**
 * Makes an instance from a fresh copy of the package's module, which can hold only one.
 *
 * The copy is removed from the module cache: otherwise an import of the package would find it there and initialise it
 * again, which mixes the functions of the first instance with the memory of the second. An uninitialised copy replaces
 * it in the cache, because Node 20 links a removed module with empty ones.
 */
export async function instantiateFresh(): Promise<ZstdInstance> {
  const before = takeFromCache();
  const zstd = require(ENTRY) as typeof import("@bokuweb/zstd-wasm");
  takeFromCache();
  if (before.length === 0) require(ENTRY);
  else for (const [path, module] of before) require.cache[path] = module;
  await zstd.init();
  return zstd;
}

/** Removes the package's modules from the cache, and returns them. */
function takeFromCache(): [path: string, module: NodeModule | undefined][] {
  const taken = Object.entries(require.cache).filter(([path]) => path.startsWith(dirname(ENTRY) + sep));
  for (const [path] of taken) delete require.cache[path];
  return taken;
}
