import { KIB } from "../../units.js";

/** An ample bound: incompressible data goes into stored blocks, with five bytes of overhead per 16 KiB or more. */
export function encodedMax(length: number): number {
  return length + (length >> 8) + KIB;
}
