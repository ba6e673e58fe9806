import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode } from "./file-errors.js";

/** The most links in a row, as in the kernel. */
const LINKS_MAX = 40;

/** The absolute `path` without symbolic links; for a missing file, the path where it would be created. */
export async function realPath(path: string, linksLeft: number = LINKS_MAX): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = errorCode(error);
    if ((code !== "ENOENT" && code !== "ENOTDIR") || linksLeft === 0 || dirname(path) === path) return path;
    const target = await readlink(path).catch(() => undefined);
    if (target !== undefined) return await realPath(resolve(dirname(path), target), linksLeft - 1);
    return join(await realPath(dirname(path), linksLeft), basename(path));
  }
}
