/**
 * Disk images as volumes. A program of the host reads and writes the image's format, and serves it over NBD to this
 * process alone, as long as the volume is open.
 */
import { UsageError } from "../../errors.js";
import type { Connect, DiskImageServer, DiskImages, ServeOptions } from "../../ports.js";
import type { ParsedHints } from "../hints/changed-ranges.js";
import { parseHints } from "../hints/parse.js";
import type { NbdOptions } from "../nbd/connect.js";
import { dirtyBitmapOf } from "../nbd/dirty-bitmap.js";
import { type NbdExport, sourceOf, targetOf } from "../nbd/open.js";
import type { NbdVolume } from "../nbd/volume.js";
import type { Ranges } from "../ranges.js";
import type { VolumeSource, VolumeTarget } from "../volume.js";
import { parseDiskImage, parseRbdImage } from "./location.js";

export interface DiskImageHost {
  readonly connect: Connect;
  /** `undefined` where the host runs no programs. */
  readonly diskImages?: DiskImages | undefined;
}

/** @throws UsageError for a location that names no image; NotFoundError; InvalidStateError for one in use; StorageError */
export async function openDiskImageSource(host: DiskImageHost, location: string): Promise<VolumeSource> {
  return await served(host, location, { isWritable: false }, async (there, server) => {
    return new ServedVolume(await sourceOf(there), server);
  });
}

/** Like `openDiskImageSource`. The image must exist. */
export async function openDiskImageTarget(
  host: DiskImageHost,
  location: string,
  options: NbdOptions & { readonly size: number },
): Promise<VolumeTarget> {
  return await served(host, location, { isWritable: true }, async (there, server) => {
    return new ServedVolume(await targetOf(there, options), server);
  });
}

/** Reads a dirty bitmap that is kept in an image. @throws as `openDiskImageSource` */
export async function readImageBitmap(
  host: DiskImageHost,
  location: string,
  { name, ...options }: NbdOptions & { readonly name: string },
): Promise<ParsedHints> {
  return await served(host, location, { isWritable: false, bitmap: name }, async (there, server) => {
    const hints = await dirtyBitmapOf(there, { name, ...options });
    await server.close();
    return hints;
  });
}

/** What changed in an RBD image since one of its snapshots. @throws UsageError for any other image */
export async function readSnapshotChanges(
  host: DiskImageHost,
  location: string,
  { snapshot, signal }: { readonly snapshot: string; readonly signal?: AbortSignal | undefined },
): Promise<ParsedHints> {
  const name = JSON.stringify(location);
  const image = parseRbdImage(location);
  return parseHints(await programsOf(host, name).changesSince(image, snapshot, { name, signal }));
}

function programsOf({ diskImages }: DiskImageHost, name: string): DiskImages {
  if (diskImages !== undefined) return diskImages;
  throw new UsageError(`Cannot use ${name} as a volume: no program for disk images can be started here`);
}

async function served<T>(
  host: DiskImageHost,
  location: string,
  options: Omit<ServeOptions, "name">,
  use: (there: NbdExport, server: DiskImageServer) => Promise<T>,
): Promise<T> {
  const name = JSON.stringify(location);
  const server = await programsOf(host, name).serve(parseDiskImage(location), { name, ...options });
  try {
    const url = { address: server.address, exportName: "", usesTls: false };
    return await use({ connect: host.connect, url, name: location }, server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** A volume whose server ends with it. */
class ServedVolume implements VolumeSource, VolumeTarget {
  readonly #volume: NbdVolume;
  readonly #server: DiskImageServer;

  constructor(volume: NbdVolume, server: DiskImageServer) {
    this.#volume = volume;
    this.#server = server;
  }

  get size(): number {
    return this.#volume.size;
  }

  get isZeroed(): boolean {
    return this.#volume.isZeroed;
  }

  readInto(buffer: Uint8Array, offset: number): Promise<void> {
    return this.#volume.readInto(buffer, offset);
  }

  dataRanges(signal?: AbortSignal): Promise<Ranges | undefined> {
    return this.#volume.dataRanges(signal);
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#volume.write(bytes, offset);
  }

  sync(): Promise<void> {
    return this.#volume.sync();
  }

  async close(): Promise<void> {
    await this.#volume.close();
    await this.#server.close();
  }
}
