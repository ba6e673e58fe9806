/**
 * Frozen views of volumes: a reflink of a file, if its file system shares blocks between files (XFS, btrfs, bcachefs,
 * NFS 4.2 on these), and an LVM snapshot of a logical volume. Both are fast, whatever the size.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { InvalidStateError, StorageError } from "../../errors.js";
import type { SnapshotLocation, Snapshots } from "../../service/host.js";
import { isVolumeUrl } from "../../sources/open.js";
import { errorCode, toStorageError } from "./file-errors.js";

const run = promisify(execFile);

/** Runs a program; resolves to its standard output. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

/** Snapshot size relative to the origin: a full snapshot is lost, but few blocks change during a backup. */
const LVM_SHARE = "20%ORIGIN";
const CLONE_UNSUPPORTED: ReadonlySet<string> = new Set([
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EXDEV",
  "EINVAL",
]);

export function nodeSnapshots(runProgram: RunProgram = runLocal): Snapshots {
  return {
    async plan(source: string, id: string): Promise<SnapshotLocation> {
      if (isVolumeUrl(source))
        throw new InvalidStateError(
          `Cannot snapshot ${JSON.stringify(source)}: freeze it on its server, and register the URL of the view with --source`,
        );
      if ((await fs.stat(source)).isBlockDevice()) {
        const group = await volumeGroupOf(source, runProgram);
        return { kind: "lvm", source: `/dev/${group}/ashlar-${id}` };
      }
      // Blocks are only shared within one file system, that of the volume's own directory.
      return { kind: "reflink", source: join(dirname(await fs.realpath(source)), `.ashlar-snapshot-${id}`) };
    },
    async create(origin: string, { kind, source }: SnapshotLocation): Promise<void> {
      if (kind === "reflink") return await clone(origin, source);
      const name = source.slice(source.lastIndexOf("/") + 1);
      const flags = ["--snapshot", "--permission", "r", "--name", name, "--extents", LVM_SHARE];
      await runProgram("lvcreate", [...flags, origin]).catch((error: unknown) => {
        throw refusal(`Cannot snapshot "${origin}"`, "lvcreate", error);
      });
    },
    async remove({ kind, source }: SnapshotLocation): Promise<void> {
      if (kind === "reflink") return await fs.rm(source, { force: true });
      if (!(await isThere(source))) return;
      await runProgram("lvremove", ["--yes", source]).catch((error: unknown) => {
        throw refusal(`Cannot remove snapshot "${source}"`, "lvremove", error);
      });
    },
  };
}

async function clone(origin: string, source: string): Promise<void> {
  try {
    await fs.copyFile(origin, source, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    if (!CLONE_UNSUPPORTED.has(errorCode(error) ?? "")) throw toStorageError("snapshot", origin, error);
    throw new InvalidStateError(
      `Cannot snapshot "${origin}": its file system cannot share blocks between files; freeze it by other means and register the path of the view with --source`,
      { cause: error },
    );
  }
}

async function volumeGroupOf(source: string, runProgram: RunProgram): Promise<string> {
  try {
    const group = (await runProgram("lvs", ["--noheadings", "--options", "vg_name", source])).trim();
    if (group !== "") return group;
  } catch (cause) {
    throw notLogical(source, cause);
  }
  throw notLogical(source, undefined);
}

function notLogical(source: string, cause: unknown): InvalidStateError {
  return new InvalidStateError(
    `Cannot snapshot "${source}": it is no logical volume; freeze it by other means and register the path of the view with --source`,
    { cause },
  );
}

/** LVM's programs print the reason, e.g. that a group is full, a name taken, or a view still open. */
function refusal(failed: string, program: string, cause: unknown): StorageError {
  const { stderr = "", message } = cause as Error & { readonly stderr?: string };
  const words = stderr.trim().replaceAll(/\s+/g, " ");
  return new StorageError(`${failed}: ${program} says: ${words === "" ? message : words}`, {
    call: "snapshot",
    cause,
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await fs.stat(path).catch(() => undefined)) !== undefined;
}

async function runLocal(program: string, args: readonly string[]): Promise<string> {
  return (await run(program, args as string[])).stdout;
}
