/**
 * Re-exports XXH64 only. A dynamic import of the package itself brings all of its twenty hashes, since no bundler can
 * tell which of them are used: 80 kB gzipped in place of 7.
 */
export { createXXHash64 } from "hash-wasm";
