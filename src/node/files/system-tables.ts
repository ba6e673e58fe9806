/** Linux's tables of mounts, swap, locks and loop devices. On other systems they are empty. */
import { open, readdir, readFile } from "node:fs/promises";

export interface Mount {
  readonly id: string;
  /** Device number such as `8:1`; for btrfs a number that no device has. */
  readonly device: string;
  readonly mountPoint: string;
  /** The mounted device or file system, usually a path. */
  readonly source: string;
  readonly type: string;
}

export async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
}

export async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` */
export async function mounts(): Promise<Mount[]> {
  return (await linesOf("/proc/self/mountinfo")).map((line) => {
    const fields = line.split(" ");
    const [id = "", , device = "", , mountPoint = ""] = fields;
    const [type = "", source = ""] = fields.slice(fields.indexOf("-") + 1);
    return { id, device, type, mountPoint: decodeOctal(mountPoint), source: decodeOctal(source) };
  });
}

/** Paths of swap devices and files. */
export async function swaps(): Promise<string[]> {
  const [, ...lines] = await linesOf("/proc/swaps");
  return lines.map((line) => decodeOctal(line.split(/\s/)[0]!));
}

export interface Loop {
  /** `/dev/loop0` */
  readonly path: string;
  readonly name: string;
  readonly backingFile: string;
}

export async function loops(): Promise<Loop[]> {
  const found: Loop[] = [];
  for (const name of await namesIn("/sys/block")) {
    if (!name.startsWith("loop")) continue;
    const [backingFile] = await linesOf(`/sys/block/${name}/loop/backing_file`);
    if (backingFile !== undefined) found.push({ path: `/dev/${name}`, name, backingFile });
  }
  return found;
}

export interface Lock {
  readonly isWrite: boolean;
  /** -1 if a descriptor holds it instead of a process. */
  readonly processId: number;
  /** Device of the file system, in decimal, and inode, e.g. `254:0:1234`. */
  readonly file: string;
  readonly start: number;
  /** The last byte, inclusive. */
  readonly end: number;
}

/** `1: OFDLCK ADVISORY WRITE -1 fe:00:1234 0 EOF`: device in hexadecimal, inode in decimal. */
export async function locks(): Promise<Lock[]> {
  return (await linesOf("/proc/locks")).flatMap((line) => {
    // A line with an arrow is a process that waits for a lock.
    if (line.includes("->")) return [];
    const [, , , kind, id = "", file = "", start = "", end = ""] = line.trim().split(/\s+/);
    const [major = "", minor = "", inode = ""] = file.split(":");
    const device = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
    return {
      isWrite: kind === "WRITE",
      processId: Number(id),
      file: `${device}:${inode}`,
      start: Number(start),
      end: end === "EOF" ? Number.POSITIVE_INFINITY : Number(end),
    };
  });
}

/** The mount through which `path` is reached. */
export async function mountIdOf(path: string): Promise<string | undefined> {
  const handle = await open(path, "r").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const lines = await linesOf(`/proc/self/fdinfo/${handle.fd}`);
    return lines
      .find((line) => line.startsWith("mnt_id:"))
      ?.slice("mnt_id:".length)
      .trim();
  } finally {
    await handle.close();
  }
}

/** The kernel writes white space and backslashes in octal. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
