/** An implementation of block digests. All engines compute the same bytes; they differ in speed and requirements. */
export interface DigestEngine {
  readonly name: "wasm-simd" | "wasm-scalar" | "native";

  /**
   * SHA-256 of every block of `window`, zero blocks included.
   *
   * `window` is a run of blocks of `blockSize` bytes, of which only the last may be shorter. It is fastest when it
   * lies in the memory that the engine's kernels were loaded with (`Kernels.allocate`). Digest `i` is written to
   * `digests[32 * i .. 32 * i + 32)`. Keeps no reference to either argument.
   *
   * @returns the number of blocks that are all zero
   */
  digestInto(window: Uint8Array, blockSize: number, digests: Uint8Array): number;
}

/** The digest engine chosen by a user; `auto` uses the one that is faster in a trial. */
export type DigestEngineChoice = "auto" | "wasm" | "native";
