/** Instances of the zstd of `@bokuweb/zstd-wasm`. */

/** One instance of the WebAssembly module. */
export interface ZstdInstance {
  compress(plain: Uint8Array, level: number): Uint8Array;
  /** Decodes a whole frame; allocates as many plain bytes as its header announces. */
  decompress(frame: Uint8Array): Uint8Array;
}

/** Makes a new instance. @throws Error if no further one is possible */
export type Instantiate = () => Promise<ZstdInstance>;

let only: Promise<ZstdInstance> | undefined;
let hasFailed = false;

/**
 * The package's only instance, which all runtimes of a realm share: each call copies its bytes in and out. The package
 * cannot make another in the same realm, so after it has thrown any error there is none.
 */
export const instantiateOnce: Instantiate = () => {
  if (hasFailed)
    throw new Error("Cannot make another instance of zstd: the first one failed, and its module has but one");
  only ??= initialised().catch((error: unknown) => {
    // Loading may succeed the next time.
    only = undefined;
    throw error;
  });
  return only;
};

async function initialised(): Promise<ZstdInstance> {
  const zstd = await import("@bokuweb/zstd-wasm");
  await zstd.init();
  return {
    compress: (plain, level) => watched(() => zstd.compress(plain, level)),
    decompress: (frame) => watched(() => zstd.decompress(frame)),
  };
}

function watched(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (error) {
    hasFailed = true;
    throw error;
  }
}
