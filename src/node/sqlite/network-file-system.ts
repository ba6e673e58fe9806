/**
 * File systems that SQLite's write-ahead log must not be used on: its index is memory that all processes share, and
 * between hosts, or through a driver in user space, there is none. Each of two hosts would see its own.
 */
import { statfs } from "node:fs/promises";

/** Names by the `f_type` of `statfs` (linux/magic.h and the file systems' own sources). */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x00c36400, "CephFS"],
  [0x01021997, "9p"],
  [0x65735546, "FUSE"],
  [0x73757245, "Coda"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x786f4256, "VirtualBox shared folder"],
  [0xbacbacbc, "VMware shared folder"],
]);

/** The name of a file system on which memory is not shared; `undefined` for any other. */
export function networkFileSystemOf(type: number): string | undefined {
  // 32-bit systems report the types with a high bit as negative numbers.
  return NAMES.get(type >>> 0);
}

/** The file system type of a directory, as Linux numbers them; `undefined` on other systems. */
export async function fileSystemType(directory: string): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  return await statfs(directory).then(
    ({ type }) => type,
    () => undefined,
  );
}
