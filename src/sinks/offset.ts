import { UsageError } from "../errors.js";

/** @throws UsageError unless `offset` is within an object of `size` bytes, or at its end */
export function checkOffset(offset: number, size: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset <= size) return;
  throw new UsageError(`Cannot read from offset ${offset}: want a whole number from 0 to ${size}`);
}
