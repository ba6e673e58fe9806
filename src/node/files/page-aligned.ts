/** Page-aligned memory, which direct I/O requires. JavaScript cannot find out the address of a buffer. */

/** Page size on every system that Node runs on, and the largest supported block of a file system or device. */
export const PAGE_SIZE = 4096;

/** WebAssembly's own page, the unit of its memories. */
const MEMORY_PAGE_SIZE = 65_536;
/** A memory has at most 4 GiB. */
const MEMORY_PAGES_MAX = 65_536;

const aligned = new WeakSet<ArrayBufferLike>();

/**
 * Allocates at least `size` zeroed bytes, shared by all threads; pages take memory when they are first touched. They
 * are page-aligned if they fit into a WebAssembly memory, which has pages of its own. A `SharedArrayBuffer` starts 16
 * bytes after a page's start, behind glibc's header.
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
