/** A way to compute block digests. All engines give the same bytes; they differ in speed and in what they need. */
export interface DigestEngine {
  readonly name: "wasm-simd" | "wasm-scalar" | "native";

  /**
   * SHA-256 of every block of `window`, zero blocks included.
   *
   * `window` is a run of whole blocks of `blockSize` bytes, of which only the last may be shorter; fastest when it
   * lies in the memory that the engine's kernels were loaded with (`Kernels.allocate`). Digest `i` is written to
   * `digests[32 * i .. 32 * i + 32)`. Keeps no reference to either argument.
   *
   * @returns how many of the blocks are all zero
   */
  digestInto(window: Uint8Array, blockSize: number, digests: Uint8Array): number;
}

/** The digest engine that a user asks for; `auto` takes the one that a trial finds faster. */
export type DigestEngineChoice = "auto" | "wasm" | "native";
