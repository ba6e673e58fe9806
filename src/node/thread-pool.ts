/**
 * libuv's threads. They run what comes first, so a call that takes no time (of a file, a name, a statement of the
 * `sqlite3` package) waits behind all that was started before it. Long work therefore takes only some of them.
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { Turns } from "./turns.js";

/** libuv's own choice. */
const SIZE_DEFAULT = 4;
/** One for long work, so that no core waits for the event loop to start the next piece; the others for short calls. */
const EXTRA = 8;

let long: Turns | undefined;

/** Makes it large enough for long work on all cores. Call it before anything uses a thread; later it has no effect. */
export function enlargeThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + EXTRA);
}

/**
 * The turns of work on libuv's threads that takes milliseconds of a core. More at once than cores are not faster, and
 * delay every other thread of the process.
 */
export function longWork(): Turns {
  const size = Number(process.env.UV_THREADPOOL_SIZE) || SIZE_DEFAULT;
  long ??= new Turns(Math.max(1, Math.min(availableParallelism() + 1, size - 1)));
  return long;
}
