/** Locations of volumes: paths of this machine, and URLs, which no call for files understands. */
import { resolve } from "node:path";
import type { UseOptions } from "../../service/host.js";
import { imagePath } from "../../sources/disk-images/location.js";
import { isVolumeUrl } from "../../sources/open.js";
import { realPath } from "./real-path.js";
import { usersOf } from "./users.js";

export function resolveLocation(location: string): string {
  const path = imagePath(location);
  if (path !== undefined) return `qcow2:${resolve(path)}`;
  return isVolumeUrl(location) ? location : resolve(location);
}

export async function realLocation(location: string): Promise<string> {
  const path = imagePath(location);
  if (path !== undefined) return `qcow2:${await realPath(path)}`;
  return isVolumeUrl(location) ? location : await realPath(location);
}

/** Uses of a file or device; nothing is known of a URL. */
export async function usersOfLocation(location: string, options?: UseOptions): Promise<readonly string[]> {
  const path = imagePath(location) ?? location;
  return isVolumeUrl(path) ? [] : await usersOf(path, options);
}
