import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { ZstdInstance } from "../codecs/zstd-wasm.js";

const require = createRequire(import.meta.url);

/** An instance from a fresh copy of the package's module, which holds one instance for good. */
export async function instantiateAnew(): Promise<ZstdInstance> {
  const entry = require.resolve("@bokuweb/zstd-wasm");
  for (const path of Object.keys(require.cache))
    if (path.startsWith(dirname(entry) + sep)) delete require.cache[path];
  const zstd = require(entry) as typeof import("@bokuweb/zstd-wasm");
  await zstd.init();
  return zstd;
}
