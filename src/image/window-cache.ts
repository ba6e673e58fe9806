/**
 * Decoded windows, in a fixed number of places. A window that is in use stays; of the others the one that was used
 * longest ago gives way. Windows are of objects and not of volumes, so that the images of a chain share them.
 */
import type { Arena } from "../pipeline/memory/pool.js";
import { DIGEST_SIZE } from "../units.js";
import { WINDOW_BLOCKS_MAX } from "./image-memory-plan.js";

/** A place, and what is in it. */
export class CachedWindow {
  readonly bytes: Uint8Array;
  /** The digests that the blocks were found to have. */
  readonly digests: Uint8Array;
  /** What is in it; `undefined` while it is being filled. */
  key: string | undefined;
  /** Who uses it. */
  uses = 0;

  constructor(arena: Arena, size: number) {
    this.bytes = arena.allocate(size);
    this.digests = arena.allocate(WINDOW_BLOCKS_MAX * DIGEST_SIZE);
  }
}

export class WindowCache {
  readonly #free: CachedWindow[] = [];
  /** From the one that was used longest ago to the last. */
  readonly #windows = new Map<string, CachedWindow>();
  readonly #waiters: ((window: CachedWindow) => void)[] = [];

  constructor(arena: Arena, { count, size }: { readonly count: number; readonly size: number }) {
    for (let i = 0; i < count; i++) this.#free.push(new CachedWindow(arena, size));
  }

  /** The window, in use until it is given back. */
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

  /** A place to fill, in use, as soon as there is one. First come, first served. */
  async take(): Promise<CachedWindow> {
    const window = this.#free.pop() ?? this.#evict() ?? (await this.#wait());
    window.uses = 1;
    return window;
  }

  /** From now on the window is found by `key`, which nothing else has. */
  publish(window: CachedWindow, key: string): void {
    window.key = key;
    this.#windows.set(key, window);
  }

  /** What is in the window is not what it should be: it is to be read again. */
  forget(window: CachedWindow): void {
    if (window.key !== undefined) this.#windows.delete(window.key);
    window.key = undefined;
  }

  giveBack(window: CachedWindow): void {
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
