/** Memory that starts on a page, as direct I/O demands of what it writes. JavaScript cannot ask where a buffer lies. */

/** Of memory on every system that Node runs on, and the largest block that a file system or a device has here. */
export const PAGE_SIZE = 4096;

/** WebAssembly's own page: what its memories are counted in. */
const MEMORY_PAGE_SIZE = 65_536;
/** A memory has at most 4 GiB. */
const MEMORY_PAGES_MAX = 65_536;

const aligned = new WeakSet<ArrayBufferLike>();

/**
 * At least `size` zeroed bytes that all threads share, which take room as they are touched. They start on a page
 * where they fit into a WebAssembly memory: it has pages of its own, where `SharedArrayBuffer` starts 16 bytes behind
 * the page's start, where glibc keeps its notes.
 */
export function pageAlignedMemory(size: number): SharedArrayBuffer {
  const pageCount = Math.ceil(size / MEMORY_PAGE_SIZE);
  if (pageCount > MEMORY_PAGES_MAX) return new SharedArrayBuffer(size);
  const memory = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount, shared: true });
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  aligned.add(buffer);
  return buffer;
}

/** Whether `bytes` are known to start on a page. */
export function startsOnPage(bytes: Uint8Array): boolean {
  return bytes.byteOffset % PAGE_SIZE === 0 && aligned.has(bytes.buffer);
}
