/** Names for processes, by which a catalog tells whether the one that worked on a row is still there. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

/** `<host>/<process id>/<start time>`: an id is given again, but not with the same start time. */
export async function currentHolder(): Promise<string> {
  return holderOf(process.pid, await startTimeOf(process.pid));
}

/** Whether that process runs. One on another host is taken to: its catalog may be shared, its processes are not. */
export async function isHolderAlive(holder: string): Promise<boolean> {
  const [host, id, startTime] = holder.split("/");
  if (host !== hostname()) return true;
  const pid = Number(id);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isRunning(pid)) return false;
  return (await startTimeOf(pid)) === startTime;
}

function holderOf(pid: number, startTime: string): string {
  return `${hostname()}/${pid}/${startTime}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is someone else's, but there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Field 22 of Linux's `/proc/<id>/stat`, in clock ticks since boot; empty where there is no such file. */
async function startTimeOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
