/**
 * Preloaded into a command (`--import`): says on standard error when the first byte of a file is asked for.
 *
 *     first-read <milliseconds since the epoch>
 *
 * `FIRST_READ_OF` names the file. Every handle that is read from is asked for its file until it is that one.
 */
import { readlinkSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";

const watched = process.env.FIRST_READ_OF;
const handle = await open(fileURLToPath(import.meta.url));
const prototype = Object.getPrototypeOf(handle) as { read: (...given: unknown[]) => unknown };
await handle.close();

const { read } = prototype;
prototype.read = function (this: FileHandle, ...given: unknown[]) {
  if (readlinkSync(`/proc/self/fd/${this.fd}`) === watched) {
    prototype.read = read;
    writeSync(2, `first-read ${performance.timeOrigin + performance.now()}\n`);
  }
  return read.apply(this, given);
};
