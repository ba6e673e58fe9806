/**
 * Other uses of a file or block device, as far as Linux shows them: mounts, swap, device mapper and other holders, loop
 * devices, locks (with which hypervisors protect attached images), and exclusive opens. The rules are the same for the
 * source of a backup and the target of a restore, except that readers do not disturb a backup.
 *
 * Files and devices are compared by identity, never by name, because they may have several. Not detected: a process
 * that writes to a file without a lock.
 */
import { type BigIntStats, constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { UseOptions } from "../../service/host.js";
import { deviceNumber } from "./device-number.js";
import { errorCode } from "./file-errors.js";
import { linesOf, locks, loops, mountIdOf, mounts, namesIn, swaps } from "./system-tables.js";

/** One text for each use, for a message, e.g. `mounted at /srv`. */
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
  for (const { device, source, mountPoint } of await mounts()) {
    // Some file systems have a device number of their own, and name several devices as their source.
    const names = numbers.has(device) ? [] : source.split(":");
    const isSource = await some(names, (name) => isName(name, subject, numbers));
    if (numbers.has(device) || isSource) found.push(`mounted at ${mountPoint}`);
  }
  for (const path of await swaps()) if (await isName(path, subject, numbers)) found.push("used as swap");
  const identity = subject.status.isFile() ? `${deviceNumber(subject.status.dev)}:${subject.status.ino}` : "";
  for (const { path, name, backingFile, file } of await loops()) {
    if (file !== identity && !(await isName(backingFile, subject, numbers))) continue;
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

/** Uses of the device, of its partitions, and of devices built on them: logical volumes, LUKS, RAID. */
async function usesOfDevice(subject: Subject): Promise<string[]> {
  const whole = deviceNumber(subject.status.rdev);
  const numbers = new Set([whole, ...(await partitionsOf(whole))]);
  const holders = new Set<string>();
  for (const number of numbers) await addHolders(`/sys/dev/block/${number}`, holders);
  // A partition is in use if its whole disk has a holder.
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

/** E.g. `dm-3 (vault-disk)`. */
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

/** Mounted btrfs that contain one of the devices; their mounts name only one device of several. */
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

/** QEMU's lock bytes, one per permission on an image: 100 for reading; 101 and 103 for writing and resizing. */
const QEMU_WRITE_BYTES: readonly number[] = [101, 103];
const QEMU_BYTES = { first: 100, last: 299 };

/** Write locks, and QEMU's shared locks on single bytes, each of which shows a permission in use. */
async function locksOf({ path, status }: Subject, forWriting: boolean): Promise<string[]> {
  const held = await locks();
  if (held.length === 0) return [];
  const devices = new Set([deviceNumber(status.dev)]);
  // In a subvolume of btrfs, the device number of the file system differs from that of its files.
  const mountId = await mountIdOf(path);
  const mount = (await mounts()).find(({ id }) => id === mountId);
  if (mount !== undefined) devices.add(mount.device);
  const files = new Set([...devices].map((device) => `${device}:${status.ino}`));
  return held.flatMap(({ file, isWrite, processId, start, end }) => {
    if (!files.has(file) || processId === process.pid) return [];
    const owner = processId === -1 ? "" : ` by process ${processId}`;
    if (isWrite) return `locked for writing${owner}`;
    if (start < QEMU_BYTES.first || start > QEMU_BYTES.last) return [];
    const isWriter = QEMU_WRITE_BYTES.some((byte) => start <= byte && byte <= end);
    if (isWriter) return "opened for writing by a virtual machine";
    return forWriting && start === QEMU_BYTES.first ? "opened by a virtual machine" : [];
  });
}

/** Whether an exclusive open for reading fails, because a file system or a driver uses the device. */
async function isClaimed(path: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    await (await open(path, constants.O_RDONLY | constants.O_EXCL)).close();
    return false;
  } catch (error) {
    return errorCode(error) === "EBUSY";
  }
}
