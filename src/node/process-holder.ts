/**
 * Names for processes, with which a catalog finds out whether the process that worked on a row still runs:
 * `<host>/<boot>/<process namespace>/<process id>/<start time>`. Process ids are reused, but not with the same start
 * time in one boot. Parts that the system does not provide (boot, namespace, start time) are empty.
 *
 * Mistaking a live process for a dead one destroys its work. So there is no verdict about processes that are not
 * visible here: those of another host, or of another container on this one. Another boot may be another host of the
 * same name.
 */
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

export async function currentHolder(): Promise<string> {
  const { startTime } = await statusOf(process.pid);
  return [...(await scope()), process.pid, startTime].join("/");
}

/** Whether that process runs; `undefined` if it is not visible from here. */
export async function isHolderAlive(holder: string): Promise<boolean | undefined> {
  const [host, boot, namespace, id, startTime] = holder.split("/");
  const [ownHost, ownBoot, ownNamespace] = await scope();
  if (host !== ownHost || boot !== ownBoot || namespace !== ownNamespace) return undefined;
  const pid = Number(id);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isThere(pid)) return false;
  const status = await statusOf(pid);
  return status.startTime === startTime && !status.isEnded;
}

type Scope = readonly [host: string, boot: string, namespace: string];

async function scope(): Promise<Scope> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return [hostname(), boot.trim(), namespace];
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists, but belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

interface ProcessStatus {
  /** Clock ticks since boot. */
  readonly startTime: string;
  /** Whether it is a zombie: it has ended, but its parent has not waited for it. */
  readonly isEnded: boolean;
}

/** Fields 3 and 22 of Linux's `/proc/<id>/stat`. */
async function statusOf(pid: number): Promise<ProcessStatus> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, which may contain any characters.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { startTime: fields[19] ?? "", isEnded: fields[0] === "Z" || fields[0] === "X" };
}
