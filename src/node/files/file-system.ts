/**
 * Node's implementation of the `FileSystem` port.
 *
 * Permission bits are set after creation, because the process's umask removes the group bits that let the reference
 * system's service share a repository. A block device is opened for writing with O_EXCL, so that Linux refuses one that
 * is mounted or claimed: a restore under a live file system destroys it.
 */

import { constants, type Dirent, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import { NotFoundError } from "../../errors.js";
import type { FileHandle, FileStatus, FileSystem, OpenMode } from "../../ports.js";
import { errorCode, toStorageError } from "./file-errors.js";
import { NodeFileHandle } from "./file-handle.js";

const FILE_PERMISSIONS = 0o660;
const DIRECTORY_PERMISSIONS = 0o770;

/** Error codes of file systems that cannot sync a directory (some FUSE, SMB and overlay mounts). */
const SYNC_UNSUPPORTED: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EPERM"]);
/** Error codes of file systems without permission bits; there the umask or the mount decides about access. */
const CHMOD_UNSUPPORTED: ReadonlySet<string> = new Set(["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"]);

/** Node's files and directories as the `FileSystem` port. */
export const nodeFileSystem: FileSystem = {
  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    try {
      return new NodeFileHandle(await openHandle(path, mode), path);
    } catch (error) {
      if (!isMissing(error)) throw toStorageError("open", path, error);
      throw new NotFoundError(`Cannot open ${JSON.stringify(path)}: it does not exist`, { cause: error });
    }
  },

  async status(path: string): Promise<FileStatus | undefined> {
    try {
      const stats = await fs.stat(path);
      return { kind: kindOf(stats), size: stats.size, modifiedAt: stats.mtime };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toStorageError("inspect", path, error);
    }
  },

  async makeDirectory(path: string): Promise<void> {
    try {
      await makeDirectory(path);
    } catch (error) {
      throw toStorageError("create directory", path, error);
    }
  },

  async *list(path: string): AsyncIterable<{ name: string; kind: FileStatus["kind"] }> {
    try {
      for await (const entry of await fs.opendir(path, { bufferSize: 256 })) {
        yield { name: entry.name, kind: kindOf(entry) };
      }
    } catch (error) {
      if (!isMissing(error)) throw toStorageError("list", path, error);
    }
  },

  async rename(from: string, to: string): Promise<void> {
    try {
      await fs.rename(from, to);
    } catch (error) {
      throw toStorageError("rename", from, error);
    }
  },

  async renameToNew(from: string, to: string): Promise<boolean> {
    try {
      return await renameToNew(from, to);
    } catch (error) {
      throw toStorageError("rename", from, error);
    }
  },

  async remove(path: string): Promise<boolean> {
    try {
      await fs.unlink(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw toStorageError("remove", path, error);
    }
  },

  async removeDirectory(path: string): Promise<boolean> {
    try {
      await fs.rmdir(path);
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (isMissing(error) || code === "ENOTEMPTY" || code === "EEXIST") return false;
      throw toStorageError("remove directory", path, error);
    }
  },

  async syncDirectory(path: string): Promise<void> {
    try {
      await syncDirectory(path);
    } catch (error) {
      throw toStorageError("fsync", path, error);
    }
  },
};

/** Codes of file systems without hard links, such as FAT and some shares. */
const LINK_UNSUPPORTED: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

async function renameToNew(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (code === "EEXIST") {
      // NFS may repeat a request whose answer was lost.
      if (!(await isSameFile(from, to))) return false;
    } else if (LINK_UNSUPPORTED.includes(code)) {
      if (await exists(to)) return false;
      await fs.rename(from, to);
      return true;
    } else throw error;
  }
  await fs.unlink(from);
  return true;
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => fs.lstat(path, { bigint: true })));
  return first!.dev === second!.dev && first!.ino === second!.ino;
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function openHandle(path: string, mode: OpenMode): Promise<fs.FileHandle> {
  switch (mode) {
    case "read":
      return await fs.open(path, constants.O_RDONLY);
    case "update":
      return await fs.open(path, constants.O_RDWR | (await exclusiveFlag(path)));
    case "update-shared":
      return await fs.open(path, constants.O_RDWR);
    case "create":
      return await createFile(path);
    case "replace":
      return await replaceFile(path);
  }
}

/** O_EXCL without O_CREAT is only defined for block devices on Linux. */
async function exclusiveFlag(path: string): Promise<number> {
  return process.platform === "linux" && (await fs.stat(path)).isBlockDevice() ? constants.O_EXCL : 0;
}

async function createFile(path: string): Promise<fs.FileHandle> {
  const handle = await fs.open(path, "wx+", FILE_PERMISSIONS);
  try {
    await tolerate(CHMOD_UNSUPPORTED, () => handle.chmod(FILE_PERMISSIONS));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An existing file keeps its permission bits, because it may belong to another user. */
async function replaceFile(path: string): Promise<fs.FileHandle> {
  try {
    return await createFile(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return await fs.open(path, "w+", FILE_PERMISSIONS);
  }
}

/** Makes the directory and its missing ancestors. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await makeLastDirectory(path);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== "ENOENT" || parent === path) throw error;
    await makeDirectory(parent);
    // Only once: below /proc and similar, every mkdir in an existing directory fails with ENOENT.
    await makeLastDirectory(path);
  }
}

async function makeLastDirectory(path: string): Promise<void> {
  try {
    await fs.mkdir(path, DIRECTORY_PERMISSIONS);
  } catch (error) {
    if (errorCode(error) === "EEXIST" && (await fs.stat(path)).isDirectory()) return;
    throw error;
  }
  await tolerate(CHMOD_UNSUPPORTED, () => fs.chmod(path, DIRECTORY_PERMISSIONS));
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await tolerate(SYNC_UNSUPPORTED, () => handle.sync());
  } finally {
    await handle.close();
  }
}

async function tolerate(codes: ReadonlySet<string>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!codes.has(errorCode(error) ?? "")) throw error;
  }
}

/** ENOTDIR too: nothing exists below a file. */
function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

function kindOf(entry: Stats | Dirent): FileStatus["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isBlockDevice() ? "block-device" : "other";
}
