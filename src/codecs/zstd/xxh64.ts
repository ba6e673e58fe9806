/**
 * Re-exports XXH64 only. A dynamic import of the package itself would include all of its twenty hashes, since no
 * bundler can find out which of them are used: 80 kB gzipped instead of 7.
 */
export { createXXHash64 } from "hash-wasm";
