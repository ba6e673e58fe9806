/** Opens a volume by its location: the path of a file or a block device, or the URL of an NBD export. */
import type { Connect, FileStatus, FileSystem } from "../ports.js";
import { type FileTargetOptions, openFileSource, openFileTarget } from "./file.js";
import { openNbdSource, openNbdTarget } from "./nbd/open.js";
import { isNbdUrl } from "./nbd/url.js";
import type { VolumeSource, VolumeTarget } from "./volume.js";

/** Dependencies and options for opening volumes. */
export interface VolumeHost {
  readonly fileSystem: FileSystem;
  readonly connect: Connect;
}

/** Whether a location is a URL, and so no path. */
export const isVolumeUrl: (location: string) => boolean = isNbdUrl;

/** @throws UsageError for a location that is no volume; NotFoundError; StorageError */
export async function openSource(
  { fileSystem, connect }: VolumeHost,
  location: string,
): Promise<VolumeSource> {
  if (isVolumeUrl(location)) return await openNbdSource(connect, location);
  return await openFileSource(fileSystem, location);
}

export interface TargetOptions extends FileTargetOptions {
  /** Ends requests to a server that may never answer. Writes to a file are awaited in spite of it. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws UsageError for a location that cannot hold the volume; NotFoundError; StorageError */
export async function openTarget(
  { fileSystem, connect }: VolumeHost,
  location: string,
  options: TargetOptions,
): Promise<VolumeTarget> {
  if (isVolumeUrl(location)) return await openNbdTarget(connect, location, options);
  return await openFileTarget(fileSystem, location, options);
}

/** The kind of volume at a location; `undefined` if there is none. An export is there until it is opened. */
export async function volumeStatus(
  { fileSystem }: VolumeHost,
  location: string,
): Promise<FileStatus | undefined> {
  if (isVolumeUrl(location)) return { kind: "block-device", size: 0 };
  return await fileSystem.status(location);
}
