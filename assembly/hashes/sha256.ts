/** SHA-256 of whole message blocks, with the function that digests one block of a volume. */
import { setScratch } from "../layout";
import { digestStart, digestUpdate } from "../one";
import { input } from "./memory";

export function sha256Start(): void {
  setScratch(__heap_base);
  digestStart();
}

/** Hashes `length` bytes at `input`, a multiple of 64. */
export function sha256Update(length: usize): void {
  setScratch(__heap_base);
  digestUpdate(input(), length);
}
