/**
 * Who else uses a file or block device, as far as Linux tells: mounts, swap, device mapper and other holders, loop
 * devices, and locks, which hypervisors take on the images that they have attached. Elsewhere nothing is found.
 */
import { readdir, readFile, realpath, stat } from "node:fs/promises";

interface Identity {
  /** `8:1` */
  readonly device: string;
  readonly path: string;
}

/** One text for each use, for a message: `mounted at /srv`. */
export async function usersOf(path: string): Promise<readonly string[]> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  if (status === undefined) return [];
  if (status.isFile()) {
    const place = `${numbersOf(status.dev)}:${status.ino}`;
    return [...(await loopsOf(await realpath(path))), ...(await locksOf(place))];
  }
  if (!status.isBlockDevice()) return [];
  const identity = { device: numbersOf(status.rdev), path };
  return [...(await mountsOf(identity)), ...(await swapsOf(path)), ...(await holdersOf(identity))];
}

/** Major and minor in decimal, as `/sys` has them; the bits are glibc's `gnu_dev_major` and `gnu_dev_minor`. */
function numbersOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
}

/** Third field of `/proc/self/mountinfo`: the device; fifth: where. Partitions of the device count. */
async function mountsOf({ device }: Identity): Promise<string[]> {
  const devices = new Set([device, ...(await partitionsOf(device))]);
  return (await linesOf("/proc/self/mountinfo"))
    .map((line) => line.split(" "))
    .filter((fields) => devices.has(fields[2]!))
    .map((fields) => `mounted at ${decodeOctal(fields[4]!)}`);
}

/** The kernel writes white space and backslashes in octal. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function partitionsOf(device: string): Promise<string[]> {
  const directory = `/sys/dev/block/${device}`;
  const found: string[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    const [isPartition] = await linesOf(`${directory}/${name}/partition`);
    const [numbers] = isPartition === undefined ? [] : await linesOf(`${directory}/${name}/dev`);
    if (numbers !== undefined) found.push(numbers);
  }
  return found;
}

async function swapsOf(path: string): Promise<string[]> {
  const isSwap = (await linesOf("/proc/swaps")).some((line) => line.split(/\s/)[0] === path);
  return isSwap ? ["used as swap"] : [];
}

async function holdersOf({ device }: Identity): Promise<string[]> {
  const holders = await readdir(`/sys/dev/block/${device}/holders`).catch(() => []);
  return holders.map((name) => `held by ${name}`);
}

async function loopsOf(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir("/sys/block").catch(() => [])) {
    if (!name.startsWith("loop")) continue;
    const [file] = await linesOf(`/sys/block/${name}/loop/backing_file`);
    if (file === path) found.push(`attached as /dev/${name}`);
  }
  return found;
}

/** `1: OFDLCK ADVISORY WRITE -1 fe:00:1234 0 EOF`: device in hexadecimal, inode in decimal. */
async function locksOf(place: string): Promise<string[]> {
  const found = (await linesOf("/proc/locks"))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "WRITE" && placeOfLock(fields[5] ?? "") === place)
    .map((fields) =>
      fields[4] === "-1" ? "locked for writing" : `locked for writing by process ${fields[4]}`,
    );
  return [...new Set(found)];
}

function placeOfLock(text: string): string {
  const [major = "", minor = "", inode = ""] = text.split(":");
  return `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`;
}
