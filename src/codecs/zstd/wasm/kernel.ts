/** Encodes frames, like `ZstdKernel` of `ashlar/kernels`. */
export interface ZstdEncoding {
  /** The highest level that it has, from 1 on. */
  readonly levelMax: number;
  /** Memory that it keeps after frames of up to `plainMax` plain bytes. */
  memorySize(plainMax: number): number;
  /** Encodes `plain` as one frame with its content size and a checksum. */
  encode(plain: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The kernel, if it has the level. */
export function kernelFor(level: number, kernel: ZstdEncoding | undefined): ZstdEncoding | undefined {
  return kernel !== undefined && level <= kernel.levelMax ? kernel : undefined;
}
