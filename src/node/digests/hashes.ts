import { createHash, type Hash } from "node:crypto";
import type { Hashes, RunningHash } from "../../ports.js";

/** Running hashes with OpenSSL: MD5 at 0.83 GB/s per core, compared with 0.6 in WebAssembly. */
export const nodeHashes: Hashes = {
  md5: () => running(createHash("md5")),
  sha256: () => running(createHash("sha256")),
};

function running(hash: Hash): RunningHash {
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    copy: () => running(hash.copy()),
    hex: () => hash.digest("hex"),
  };
}
