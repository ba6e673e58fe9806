import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { ZstdInstance } from "../../../codecs/zstd/wasm/instance.js";

const require = createRequire(import.meta.url);
const ENTRY: string = require.resolve("@bokuweb/zstd-wasm");

/**
 * An instance from a fresh copy of the package's module, which holds one instance for good.
 *
 * The copy does not stay in the cache: whoever imports the package would find it there and initialise it once more, and
 * then the functions of the first instance and the memory of the second were mixed. A copy that nobody has initialised
 * stays there instead, because Node 20 does not import what has been taken out: it links it with empty modules.
 */
export async function instantiateAnew(): Promise<ZstdInstance> {
  const before = takeFromCache();
  const zstd = require(ENTRY) as typeof import("@bokuweb/zstd-wasm");
  takeFromCache();
  if (before.length === 0) require(ENTRY);
  else for (const [path, module] of before) require.cache[path] = module;
  await zstd.init();
  return zstd;
}

/** The package's modules, which are then not in the cache any more. */
function takeFromCache(): [path: string, module: NodeModule | undefined][] {
  const taken = Object.entries(require.cache).filter(([path]) => path.startsWith(dirname(ENTRY) + sep));
  for (const [path] of taken) delete require.cache[path];
  return taken;
}
