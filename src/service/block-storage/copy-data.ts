/** Copies a volume's data to a new file: blocks are shared if the file system can, and zeros are not written. */
import { isAshlarError } from "../../errors.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { openFileSource, openFileTarget } from "../../sources/file.js";
import { MIB } from "../../units.js";
import type { ServiceContext } from "../context.js";

const WINDOW_SIZE = MIB;

/**
 * @param size bytes of the new file; not less than the source's
 * @throws CancelledError when the service closes meanwhile
 */
export async function copyData(
  { host, background }: Pick<ServiceContext, "host" | "background">,
  from: string,
  to: string,
  size: number,
): Promise<void> {
  const { fileSystem } = host;
  try {
    if (await share({ host }, from, to)) await grow({ host }, to, size);
    else await copy({ host, background }, from, to, size);
  } catch (error) {
    await fileSystem.remove(to).catch(() => false);
    throw error;
  }
}

/** Shares the blocks of a file. Resolves to false if the source or the file system cannot. */
async function share({ host }: Pick<ServiceContext, "host">, from: string, to: string): Promise<boolean> {
  if ((await host.fileSystem.status(from))?.kind !== "file") return false;
  try {
    await host.snapshots.create(from, { kind: "reflink", source: to });
    return true;
  } catch (error) {
    if (isAshlarError(error, "invalid-state")) return false;
    throw error;
  }
}

async function grow({ host }: Pick<ServiceContext, "host">, path: string, size: number): Promise<void> {
  const handle = await host.fileSystem.open(path, "update");
  try {
    if ((await handle.size()) < size) await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function copy(
  { host, background }: Pick<ServiceContext, "host" | "background">,
  from: string,
  to: string,
  size: number,
): Promise<void> {
  const source = await openFileSource(host.fileSystem, from);
  try {
    const target = await openFileTarget(host.fileSystem, to, { size, create: true });
    try {
      const window = new Uint8Array(WINDOW_SIZE);
      for (let offset = 0; offset < source.size; offset += WINDOW_SIZE) {
        throwIfCancelled(background.signal);
        const bytes = window.subarray(0, Math.min(WINDOW_SIZE, source.size - offset));
        await source.readInto(bytes, offset);
        if (!isZero(bytes)) await target.write(bytes, offset);
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function isZero(bytes: Uint8Array): boolean {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  // A loop: a function for each word takes ten times as long.
  for (let index = 0; index < words.length; index++) if (words[index] !== 0) return false;
  for (let index = words.length * 4; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
