/**
 * Other uses of a file or block device, as far as Linux shows them: mounts, swap, device mapper and other holders, loop
 * devices, locks (by which hypervisors protect the images that they have attached), and exclusive opens. One rule for
 * what is backed up and for what is restored into; only readers do not matter to a backup.
 *
 * What is compared is the file or device itself, never its name: it has several. Not seen: a file that a process writes
 * to without a lock.
 */
import { type BigIntStats, constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { UseOptions } from "../../service/host.js";
import { deviceNumber } from "./device-number.js";
import { errorCode } from "./file-errors.js";
import { linesOf, locks, loops, mountIdOf, mounts, namesIn, swaps } from "./system-tables.js";

/** One text for each use, for a message: `mounted at /srv`. */
export async function usersOf(
  path: string,
  { forWriting = false }: UseOptions = {},
): Promise<readonly string[]> {
  const status = await statusOf(path);
  if (status === undefined || !(status.isFile() || status.isBlockDevice())) return [];
  const subject = { path, status };
  const found = status.isFile()
    ? [...(await usesOf(subject, new Set())), ...(await locksOf(subject, forWriting))]
    : [...(await usesOfDevice(subject)), ...(await locksOf(subject, forWriting))];
  if (found.length === 0 && status.isBlockDevice() && (await isClaimed(path)))
    found.push("claimed by the system, or by another program");
  return [...new Set(found)];
}

interface Subject {
  readonly path: string;
  readonly status: BigIntStats;
}

async function statusOf(path: string): Promise<BigIntStats | undefined> {
  return await stat(path, { bigint: true }).catch(() => undefined);
}

/** Whether `path` is a name of the subject, or one of the devices with `numbers`. */
async function isName(path: string, { status }: Subject, numbers: ReadonlySet<string>): Promise<boolean> {
  const other = path.startsWith("/") ? await statusOf(path) : undefined;
  if (other === undefined) return false;
  if (other.isBlockDevice()) return numbers.has(deviceNumber(other.rdev));
  return status.isFile() && other.dev === status.dev && other.ino === status.ino;
}

/** Mounts, swap and loop devices on the subject, or on the devices with `numbers`. */
async function usesOf(subject: Subject, numbers: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (const { device, source, place } of await mounts()) {
    // Some file systems have a device number of their own, and name several devices as their source.
    const names = numbers.has(device) ? [] : source.split(":");
    const isSource = await some(names, (name) => isName(name, subject, numbers));
    if (numbers.has(device) || isSource) found.push(`mounted at ${place}`);
  }
  for (const path of await swaps()) if (await isName(path, subject, numbers)) found.push("used as swap");
  for (const { path, name, backingFile } of await loops()) {
    if (!(await isName(backingFile, subject, numbers))) continue;
    const loop = await statusOf(path);
    const uses = loop?.isBlockDevice() ? await usesOfDevice({ path, status: loop }) : [];
    found.push([`attached as /dev/${name}`, ...uses].join(", "));
  }
  return found;
}

async function some(names: readonly string[], test: (name: string) => Promise<boolean>): Promise<boolean> {
  for (const name of names) if (await test(name)) return true;
  return false;
}

/** What is on the device, on its partitions, and on what they are part of: logical volumes, LUKS, RAID. */
async function usesOfDevice(subject: Subject): Promise<string[]> {
  const whole = deviceNumber(subject.status.rdev);
  const numbers = new Set([whole, ...(await partitionsOf(whole))]);
  const holders = new Set<string>();
  for (const number of numbers) await addHolders(`/sys/dev/block/${number}`, holders);
  // A partition is in use with the disk that has been given away whole.
  for (const name of await namesIn(`/sys/dev/block/${whole}/../holders`)) holders.add(name);
  const found = await usesOf(subject, numbers);
  for (const name of await btrfsDevices(numbers)) found.push(`part of the mounted btrfs ${name}`);
  for (const name of holders) found.push(`held by ${await describeHolder(name)}`);
  return found;
}

async function addHolders(directory: string, holders: Set<string>): Promise<void> {
  for (const name of await namesIn(`${directory}/holders`)) {
    if (holders.has(name)) continue;
    holders.add(name);
    await addHolders(`/sys/class/block/${name}`, holders);
  }
}

/** `dm-3 (vault-disk)` */
async function describeHolder(name: string): Promise<string> {
  const [title] = await linesOf(`/sys/class/block/${name}/dm/name`);
  return title === undefined ? name : `${name} (${title})`;
}

async function partitionsOf(number: string): Promise<string[]> {
  const directory = `/sys/dev/block/${number}`;
  const found: string[] = [];
  for (const name of await namesIn(directory)) {
    const [isPartition] = await linesOf(`${directory}/${name}/partition`);
    const [numbers] = isPartition === undefined ? [] : await linesOf(`${directory}/${name}/dev`);
    if (numbers !== undefined) found.push(numbers);
  }
  return found;
}

/** Mounted ones that have one of the devices: a mount names one of several at most. */
async function btrfsDevices(numbers: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (const id of await namesIn("/sys/fs/btrfs")) {
    for (const name of await namesIn(`/sys/fs/btrfs/${id}/devices`)) {
      const [number] = await linesOf(`/sys/class/block/${name}/dev`);
      if (number !== undefined && numbers.has(number)) found.push(id);
    }
  }
  return found;
}

/** Where QEMU has a byte for each permission on an image: 100 for reading it; 101 and 103 for writing and resizing. */
const QEMU_WRITE_BYTES: readonly number[] = [101, 103];
const QEMU_BYTES = { first: 100, last: 299 };

/** QEMU marks what it does by shared locks on bytes: who may not share a permission looks for its byte. */
async function locksOf({ path, status }: Subject, forWriting: boolean): Promise<string[]> {
  const held = await locks();
  if (held.length === 0) return [];
  const devices = new Set([deviceNumber(status.dev)]);
  // Of a subvolume of btrfs, the file system's number is another than that of its files.
  const mountId = await mountIdOf(path);
  const mount = (await mounts()).find(({ id }) => id === mountId);
  if (mount !== undefined) devices.add(mount.device);
  const places = new Set([...devices].map((device) => `${device}:${status.ino}`));
  return held.flatMap(({ place, isWrite, processId, start, end }) => {
    if (!places.has(place) || processId === process.pid) return [];
    const owner = processId === -1 ? "" : ` by process ${processId}`;
    if (isWrite) return `locked for writing${owner}`;
    if (start < QEMU_BYTES.first || start > QEMU_BYTES.last) return [];
    const isWriter = QEMU_WRITE_BYTES.some((byte) => start <= byte && byte <= end);
    if (isWriter) return "opened for writing by a virtual machine";
    return forWriting && start === QEMU_BYTES.first ? "opened by a virtual machine" : [];
  });
}

/** By an exclusive open for reading, which ends at once: it fails where a file system or a driver has the device. */
async function isClaimed(path: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    await (await open(path, constants.O_RDONLY | constants.O_EXCL)).close();
    return false;
  } catch (error) {
    return errorCode(error) === "EBUSY";
  }
}
