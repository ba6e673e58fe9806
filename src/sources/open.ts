/** Opens a volume by its location: the path of a file or a block device, the URL of an NBD export, or a disk image. */
import type { FileStatus, FileSystem } from "../ports.js";
import { isDiskImage } from "./disk-images/location.js";
import { type DiskImageHost, openDiskImageSource, openDiskImageTarget } from "./disk-images/open.js";
import { type FileTargetOptions, openFileSource, openFileTarget } from "./file.js";
import { openNbdSource, openNbdTarget } from "./nbd/open.js";
import { isNbdUrl } from "./nbd/url.js";
import type { VolumeSource, VolumeTarget } from "./volume.js";

/** Dependencies and options for opening volumes. */
export interface VolumeHost extends DiskImageHost {
  readonly fileSystem: FileSystem;
}

/** Whether a location is that of an export or an image, and so no path. */
export function isVolumeUrl(location: string): boolean {
  return isNbdUrl(location) || isDiskImage(location);
}

/** @throws UsageError for a location that is no volume; NotFoundError; InvalidStateError for one in use; StorageError */
export async function openSource(host: VolumeHost, location: string): Promise<VolumeSource> {
  if (isNbdUrl(location)) return await openNbdSource(host.connect, location);
  if (isDiskImage(location)) return await openDiskImageSource(host, location);
  return await openFileSource(host.fileSystem, location);
}

export interface TargetOptions extends FileTargetOptions {
  /** Ends requests to a server that may never answer. Writes to a file are awaited in spite of it. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws UsageError for a location that cannot hold the volume; NotFoundError; StorageError */
export async function openTarget(
  host: VolumeHost,
  location: string,
  options: TargetOptions,
): Promise<VolumeTarget> {
  if (isNbdUrl(location)) return await openNbdTarget(host.connect, location, options);
  if (isDiskImage(location)) return await openDiskImageTarget(host, location, options);
  return await openFileTarget(host.fileSystem, location, options);
}

/** The kind of volume at a location; `undefined` if there is none. An export or an image is there until it is opened. */
export async function volumeStatus(
  { fileSystem }: VolumeHost,
  location: string,
): Promise<FileStatus | undefined> {
  if (isVolumeUrl(location)) return { kind: "block-device", size: 0 };
  return await fileSystem.status(location);
}
