/** Locations of volumes: paths of this machine, and URLs, which no call for files understands. */
import { resolve } from "node:path";
import type { UseOptions } from "../../service/host.js";
import { isVolumeUrl } from "../../sources/open.js";
import { realPath } from "./real-path.js";
import { usersOf } from "./users.js";

export function resolveLocation(location: string): string {
  return isVolumeUrl(location) ? location : resolve(location);
}

export async function realLocation(location: string): Promise<string> {
  return isVolumeUrl(location) ? location : await realPath(location);
}

/** Uses of a file or device; nothing is known of a URL. */
export async function usersOfLocation(location: string, options?: UseOptions): Promise<readonly string[]> {
  return isVolumeUrl(location) ? [] : await usersOf(location, options);
}
