/**
 * Copies of bytes outside shared memory, as in every page that is not cross-origin isolated. A copy is transferred to
 * the thread. If it comes back it is kept for reuse: a fresh buffer costs ten times the copy that fills it.
 */
import { bytesIn, isShared, type Returned } from "./messages.js";
import type { TaskField, TaskInput } from "./task-table.js";

/** Copies kept of each length, and lengths for which copies are kept. */
const SPARES_MAX = 4;

export interface HandedOver {
  readonly input: TaskInput;
  readonly moved: readonly ArrayBuffer[];
}

export class Copies {
  readonly #spares = new Map<number, Uint8Array<ArrayBuffer>[]>();

  /** Replaces unshared bytes of `input` by copies; copies for the field `writes` are not filled. */
  handOver(input: TaskInput, writes: string | undefined): HandedOver {
    const moved: ArrayBuffer[] = [];
    const copyOf = (bytes: Uint8Array, isFilled: boolean): Uint8Array => {
      if (isShared(bytes)) return bytes;
      const copy = this.#spares.get(bytes.length)?.pop() ?? new Uint8Array(bytes.length);
      if (isFilled) copy.set(bytes);
      moved.push(copy.buffer);
      return copy;
    };
    const fields = Object.entries(input).map(([name, field]): [string, TaskField] => {
      const all = bytesIn(field);
      if (all.length === 0) return [name, field];
      const copies = all.map((bytes) => copyOf(bytes, name !== writes));
      return [name, field instanceof Uint8Array ? copies[0] : copies];
    });
    return { input: Object.fromEntries(fields), moved };
  }

  /** Copies results back to the field `writes` of `input`, and keeps the copies for reuse. */
  takeBack(returned: Returned, input: TaskInput, writes: string | undefined): void {
    for (const [name, copies] of Object.entries(returned)) {
      const targets = name === writes ? bytesIn(input[name]) : [];
      for (const [index, copy] of copies.entries()) {
        targets[index]?.set(copy);
        this.#keep(copy);
      }
    }
  }

  clear(): void {
    this.#spares.clear();
  }

  #keep(copy: Uint8Array<ArrayBuffer>): void {
    const spares = this.#spares.get(copy.length) ?? [];
    if (spares.length >= SPARES_MAX) return;
    // Lengths other than a window's are rare, and not worth keeping.
    if (spares.length === 0 && this.#spares.size >= SPARES_MAX) this.#spares.clear();
    spares.push(copy);
    this.#spares.set(copy.length, spares);
  }
}
