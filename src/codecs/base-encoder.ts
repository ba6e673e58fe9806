import type { ObjectEncoder } from "./codec.js";

/** Defaults of `ObjectEncoder`, for an encoder that keeps no result and nothing of the host. */
export abstract class BaseObjectEncoder implements ObjectEncoder {
  abstract encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array>;

  abstract finish(): Promise<Uint8Array>;

  release(_encoded: Uint8Array): void {}

  abandon(): void {}
}
