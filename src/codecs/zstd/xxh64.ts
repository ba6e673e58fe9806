/**
 * The package's XXH64 alone. Whoever awaits an import of the package itself gets all of its twenty hashes, since no
 * bundler can tell which of them are used: 80 kB gzipped in place of 7.
 */
export { createXXHash64 } from "hash-wasm";
