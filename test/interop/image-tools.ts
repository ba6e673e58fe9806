/** A served repository, and the tools that people read images with. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { ExecutionContext } from "ava";
import { COMMAND } from "../command.js";

/** Where Debian has the tools of file systems, which is not on every user's path. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Standard output of a tool. Rejects unless it exits with 0. */
export async function tool(file: string, ...parameters: string[]): Promise<Buffer> {
  const options = {
    encoding: "buffer",
    maxBuffer: 2 ** 26,
    timeout: 120_000,
    env: { ...process.env, PATH },
  } as const;
  return (await promisify(execFile)(file, parameters, options)).stdout;
}

export interface Serving {
  readonly url: string;
  imageOf(backupId: string): string;
  /** How the command ended after a SIGTERM. */
  stop(): Promise<number | null>;
}

/** `ashlar repository serve`, in a process of its own. */
export async function serve(t: ExecutionContext, repository: string, ...flags: string[]): Promise<Serving> {
  const globals = ["--repository", pathToFileURL(repository).href, "--quiet"];
  const args = [COMMAND, ...globals, "repository", "serve", "--image", "--listen", "127.0.0.1:0", ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  t.teardown(() => end(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.replace(/\/$/, "");
    return {
      url,
      imageOf: (backupId) => `${url}/backups/${backupId}.img`,
      async stop() {
        child.kill("SIGTERM");
        return (await closed)[0] as number | null;
      },
    };
  }
  throw new Error(`ashlar ended with ${child.exitCode} before it served`);
}

function end(child: ChildProcess): void {
  if (child.exitCode === null) child.kill("SIGKILL");
}

/** What a volume's file system had in it at each point, beside the volume itself. */
export interface FileSystemPoint {
  readonly volume: Buffer;
  /** Content by path. */
  readonly files: Readonly<Record<string, Buffer>>;
}

/** An ext4 file system with files that come, change and go, as it was at three points. */
export async function fileSystemHistory(directory: string): Promise<FileSystemPoint[]> {
  const [tree, image] = [join(directory, "tree"), join(directory, "ext4.img")];
  const text = Buffer.from("the quick brown fox jumps over the lazy dog\n".repeat(20_000));
  const binary = Buffer.from(text.map((byte, index) => byte ^ ((index * index) >> 7)));
  await mkdir(join(tree, "etc"), { recursive: true });
  await writeFile(join(tree, "etc/text"), text);
  await writeFile(join(tree, "binary"), binary);
  await tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, image, "16M");
  const points = [{ volume: await readFile(image), files: { "/etc/text": text, "/binary": binary } }];
  const steps: readonly (readonly [command: string, files: Record<string, Buffer>])[] = [
    [`write ${join(tree, "binary")} /copy`, { "/etc/text": text, "/binary": binary, "/copy": binary }],
    ["rm /etc/text", { "/binary": binary, "/copy": binary }],
  ];
  for (const [command, files] of steps) {
    await tool("debugfs", "-w", "-R", command, image);
    points.push({ volume: await readFile(image), files: files as (typeof points)[0]["files"] });
  }
  return points;
}
