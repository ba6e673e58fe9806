/** XXH64 of a message in pieces. */
import { hashOf, startLanes, updateLanes } from "../xxh64";
import { input, state } from "./memory";

export function xxh64Start(): void {
  startLanes(state());
}

/** Hashes `length` bytes at `input`, a multiple of 32. */
export function xxh64Update(length: usize): void {
  updateLanes(state(), input(), length);
}

/** Replaces the state by the hash of `total` bytes, the last `rest` of which (fewer than 32) are at `input`. */
export function xxh64Finish(rest: usize, total: f64): void {
  store<u64>(state(), hashOf(state(), input(), rest, <u64>total));
}
