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
  /** The name under which it was attached, by a process that may see other mounts. */
  readonly backingFile: string;
  /** Device of the file system, in decimal, and inode; `undefined` without access to the loop device. */
  readonly file: string | undefined;
}

export async function loops(): Promise<Loop[]> {
  const found: Omit<Loop, "file">[] = [];
  for (const name of await namesIn("/sys/block")) {
    if (!name.startsWith("loop")) continue;
    const [backingFile] = await linesOf(`/sys/block/${name}/loop/backing_file`);
    if (backingFile !== undefined) found.push({ path: `/dev/${name}`, name, backingFile });
  }
  if (found.length === 0) return [];
  const files = await loopFiles();
  return found.map((loop) => ({ ...loop, file: files.get(loop.path) }));
}

const LOOP_COLUMNS = "NAME,BACK-MAJ:MIN,BACK-INO";
const COMMAND_TIMEOUT_MS = 5000;

/**
 * The backing file of each loop device, e.g. `0:39:1234`. Only a system call on the device reports it, which Node does
 * not have; without the command, files are compared by their names.
 */
async function loopFiles(): Promise<ReadonlyMap<string, string>> {
  const { execFile } = await import("node:child_process");
  const flags = ["--list", "--noheadings", "--raw", "--output", LOOP_COLUMNS];
  const text = await new Promise<string>((resolve) => {
    // The search path of a timer or of a user often lacks the commands of the system.
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
    execFile("losetup", flags, { timeout: COMMAND_TIMEOUT_MS, env }, (_, output) => resolve(output));
  });
  return parseLoops(text);
}

/** The lines of `losetup`, by device. */
export function parseLoops(text: string): ReadonlyMap<string, string> {
  // util-linux 2.38 pads device numbers, and escapes the spaces.
  const rows = text.split("\n").map((line) => line.replaceAll("\\x20", "").split(" "));
  return new Map(
    rows.flatMap(([path = "", device = "", inode = ""]) =>
      inode === "" ? [] : [[path, `${device}:${inode}`]],
    ),
  );
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
