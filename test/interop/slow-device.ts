/**
 * A disk image that answers slowly, as a file: nbdkit with a program for every call, mounted by nbdfuse. What waits for
 * it waits in the kernel, as for a disk that is old, far away or busy.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { run } from "../stores/daemon.js";

export interface SlowDevice {
  /** The file that is slow. */
  readonly path: string;
  /** The file with its bytes, which is not. */
  readonly backing: string;
  /** Whether it has been asked to put what it has on stable storage. */
  isFlushing(): Promise<boolean>;
}

export interface Slowness {
  /** Seconds for each call; the kernel moves 128 KiB in one. */
  readonly read?: number;
  readonly write?: number;
  readonly flush?: number;
}

const READY_MS = 10_000;

/** `undefined`, with the reason logged, where this host mounts none: some containers have no FUSE. */
export async function slowDevice(
  t: ExecutionContext,
  directory: string,
  { bytes, ...slowness }: Slowness & { readonly bytes: Uint8Array },
): Promise<SlowDevice | undefined> {
  const backing = join(directory, "backing.img");
  const mark = join(directory, "flushing");
  const mountPoint = join(directory, "mount");
  await fs.writeFile(backing, bytes);
  await fs.mkdir(mountPoint);
  const { read = 0, write = 0, flush = 0 } = slowness;
  const dd = "status=none bs=65536";
  const calls = [
    `get_size=echo ${bytes.length}`,
    `pread=sleep ${read}; dd if='${backing}' skip=$4 count=$3 iflag=skip_bytes,count_bytes ${dd}`,
    "can_write=exit 0",
    `pwrite=sleep ${write}; dd of='${backing}' seek=$4 oflag=seek_bytes conv=notrunc ${dd}`,
    "can_flush=exit 0",
    `flush=touch '${mark}'; sleep ${flush}`,
  ];
  const path = join(mountPoint, "disk.img");
  const child = spawn("nbdfuse", [path, "--command", "nbdkit", "-s", "eval", ...calls], { stdio: "ignore" });
  t.teardown(async () => {
    await run("umount", ["--lazy", mountPoint]).catch(() => undefined);
    if (child.exitCode === null && child.pid !== undefined) {
      child.kill();
      await once(child, "exit");
    }
  });
  let reason: string | undefined;
  child.on("error", (error) => {
    reason = error.message;
  });
  for (const end = Date.now() + READY_MS; (await sizeOf(path)) !== bytes.length; await sleep(20)) {
    if (child.exitCode !== null) reason ??= `nbdfuse ended with ${child.exitCode}`;
    if (Date.now() > end) reason ??= "nbdfuse did not mount";
    if (reason === undefined) continue;
    t.log(`no slow device on this host, so stops at one are not tested: ${reason}`);
    t.pass();
    return undefined;
  }
  return { path, backing, isFlushing: async () => (await sizeOf(mark)) !== undefined };
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await fs.stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
