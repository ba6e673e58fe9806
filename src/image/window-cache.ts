/**
 * A cache of decoded windows, with a fixed number of slots. A window in use stays; of the others, the least recently
 * used is evicted. Windows belong to objects and not to volumes, so the images of a chain share them.
 */
import type { Arena } from "../pipeline/memory/pool.js";
import { DIGEST_SIZE } from "../units.js";
import { WINDOW_BLOCKS_MAX } from "./image-memory-plan.js";

/** A slot, and its content. */
export class CachedWindow {
  readonly bytes: Uint8Array;
  /** The computed digests of the blocks. */
  readonly digests: Uint8Array;
  /** Identifies the content; `undefined` while it is being filled. */
  key: string | undefined;
  /** Number of current users. */
  uses = 0;

  constructor(arena: Arena, size: number) {
    this.bytes = arena.allocate(size);
    this.digests = arena.allocate(WINDOW_BLOCKS_MAX * DIGEST_SIZE);
  }
}

export class WindowCache {
  readonly #free: CachedWindow[] = [];
  /** From the least to the most recently used. */
  readonly #windows = new Map<string, CachedWindow>();
  readonly #waiters: ((window: CachedWindow) => void)[] = [];

  constructor(arena: Arena, { count, size }: { readonly count: number; readonly size: number }) {
    for (let i = 0; i < count; i++) this.#free.push(new CachedWindow(arena, size));
  }

  /** The window with this key, in use until `release`; `undefined` if it is not cached. */
  use(key: string): CachedWindow | undefined {
    const window = this.#windows.get(key);
    if (window === undefined) return undefined;
    this.#windows.delete(key);
    this.#windows.set(key, window);
    window.uses++;
    return window;
  }

  has(key: string): boolean {
    return this.#windows.has(key);
  }

  /** A slot to fill, in use, as soon as there is one. First come, first served. */
  async take(): Promise<CachedWindow> {
    const window = this.#free.pop() ?? this.#evict() ?? (await this.#wait());
    window.uses = 1;
    return window;
  }

  /** Makes the filled window available under `key`, which no other window has. */
  publish(window: CachedWindow, key: string): void {
    window.key = key;
    this.#windows.set(key, window);
  }

  /** Drops bad content, so that it is read again. */
  forget(window: CachedWindow): void {
    if (window.key !== undefined) this.#windows.delete(window.key);
    window.key = undefined;
  }

  release(window: CachedWindow): void {
    window.uses--;
    if (window.uses > 0) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.forget(window);
      waiter(window);
    } else if (window.key === undefined) this.#free.push(window);
  }

  #evict(): CachedWindow | undefined {
    for (const window of this.#windows.values()) {
      if (window.uses > 0) continue;
      this.forget(window);
      return window;
    }
    return undefined;
  }

  #wait(): Promise<CachedWindow> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
