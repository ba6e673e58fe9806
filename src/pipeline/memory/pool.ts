/**
 * A fixed pool of buffers: the bound on a run's memory.
 *
 * Queuing strategies provide no such bound (their high-water marks are thresholds, and add up per stage), and fresh
 * buffers cost ten times the copy that fills them. So the first stage acquires a buffer for each window, the buffer
 * travels with the window, and the last stage to use it releases it. A stage that waits for a buffer holds none, so a
 * run cannot deadlock on its own pool. A pool belongs to one run and dies with it: buffers that a failed stream drops
 * are never returned.
 */
import { DIGEST_SIZE } from "../../units.js";

/** Memory for buffers, usually the kernels' own, so that kernels need not copy. */
export interface Arena {
  allocate(size: number): Uint8Array;
}

/** A window's bytes and digests, held by one or more leases. */
export class PooledBuffer {
  readonly bytes: Uint8Array;
  /** Room for a digest per block. */
  readonly digests: Uint8Array;
  readonly #onFree: (buffer: PooledBuffer) => void;
  #leases = 0;
  #zeroLength = 0;

  constructor(bytes: Uint8Array, digests: Uint8Array, onFree: (buffer: PooledBuffer) => void) {
    this.bytes = bytes;
    this.digests = digests;
    this.#onFree = onFree;
  }

  /** Makes the first `length` bytes zero; those that are zero since the last call need no work. */
  fillZeros(length: number): void {
    if (length > this.#zeroLength) this.bytes.fill(0, this.#zeroLength, length);
    this.#zeroLength = Math.max(this.#zeroLength, length);
  }

  /** Called before bytes from `from` on are written, where `fillZeros` is used too. */
  overwrite(from: number): void {
    this.#zeroLength = Math.min(this.#zeroLength, from);
  }

  /** Takes one more lease. */
  retain(): void {
    this.#leases++;
  }

  /** Releases one lease; the last release makes the buffer available to the next window. */
  release(): void {
    if (this.#leases === 0) throw new Error("Cannot release a buffer that nobody holds");
    this.#leases--;
    if (this.#leases === 0) this.#onFree(this);
  }
}

/** The shape of a pool: the number and size of its buffers. */
export interface PoolOptions {
  readonly count: number;
  /** Bytes of each buffer. */
  readonly size: number;
  /** Blocks for which each buffer has room for digests. */
  readonly blockCount: number;
}

/** `Arena.allocate` aligns each piece to this, so up to as many bytes are lost before it. */
const ALIGNMENT = 64;

/** Bytes of an arena with room for pools of these shapes. */
export function arenaSizeOf(...pools: readonly PoolOptions[]): number {
  const sizes = pools.map(
    ({ count, size, blockCount }) => count * (size + blockCount * DIGEST_SIZE + 2 * ALIGNMENT),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

interface Waiter {
  readonly resolve: (buffer: PooledBuffer) => void;
  readonly reject: (reason: unknown) => void;
}

/** The buffers of one run, acquired in `read` and `load` and released in `store` and `write`. */
export class BufferPool {
  readonly #free: PooledBuffer[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #signal: AbortSignal;
  readonly #count: number;
  #inUseMax = 0;

  /** @param signal ends every wait for a buffer, with its reason */
  constructor(arena: Arena, { count, size, blockCount }: PoolOptions, signal: AbortSignal) {
    this.#signal = signal;
    this.#count = count;
    // Windows first: if memory starts on a page and windows are whole pages, each starts on a page too (direct I/O).
    const windows = Array.from({ length: count }, () => arena.allocate(size));
    for (const bytes of windows) {
      const digests = arena.allocate(blockCount * DIGEST_SIZE);
      this.#free.push(new PooledBuffer(bytes, digests, (buffer) => this.#release(buffer)));
    }
    signal.addEventListener("abort", () => {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(signal.reason);
    });
  }

  /** The largest number of buffers in use at once. */
  get inUseMax(): number {
    return this.#inUseMax;
  }

  /** A buffer with one lease, as soon as one is free. First come, first served. */
  async acquire(): Promise<PooledBuffer> {
    this.#signal.throwIfAborted();
    const buffer = this.#free.pop() ?? (await this.#wait());
    buffer.retain();
    this.#inUseMax = Math.max(this.#inUseMax, this.#count - this.#free.length);
    return buffer;
  }

  #wait(): Promise<PooledBuffer> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  #release(buffer: PooledBuffer): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#free.push(buffer);
    else waiter.resolve(buffer);
  }
}
