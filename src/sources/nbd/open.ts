/** Opening of NBD exports by their URLs. */
import { UsageError } from "../../errors.js";
import type { Connect } from "../../ports.js";
import type { VolumeSource, VolumeTarget } from "../volume.js";
import { NbdConnections, type NbdOptions } from "./connect.js";
import { NbdFailures } from "./failures.js";
import { ALLOCATION_CONTEXT, STATE_ZERO, STATUS_SIZE_MAX } from "./protocol.js";
import type { NbdSession } from "./session.js";
import { type NbdUrl, parseNbdUrl } from "./url.js";
import { checkWritable, NbdVolume } from "./volume.js";

/** Requests for block status; an export that is all zero needs one for 4 GiB. */
const STATUS_REQUESTS_MAX = 4096;

/** An export to be opened. */
export interface NbdExport {
  readonly connect: Connect;
  readonly url: NbdUrl;
  /** What the user gave, for messages. */
  readonly name: string;
}

/**
 * Opens the export at `url` for reading.
 * @throws UsageError for a URL that names no export, and for an empty export; NotFoundError; StorageError
 */
export async function openNbdSource(
  connect: Connect,
  url: string,
  options: NbdOptions = {},
): Promise<VolumeSource> {
  return await sourceOf({ connect, url: parseNbdUrl(url), name: url }, options);
}

/** @throws UsageError for an empty export; NotFoundError; StorageError */
export async function sourceOf(
  { connect, url, name }: NbdExport,
  options: NbdOptions = {},
): Promise<NbdVolume> {
  const failures = new NbdFailures(name);
  const connections = await NbdConnections.open(connect, url, failures, {
    ...options,
    contexts: [ALLOCATION_CONTEXT],
  });
  if (connections.first.info.size > 0) return new NbdVolume(connections, failures, false);
  await connections.close();
  throw new UsageError(
    `Cannot use ${failures.name} as a volume: it is empty, and at least one byte is needed`,
  );
}

/**
 * Opens the export at `url` for writing. The target counts as zeroed if the server reports it as zero.
 * @throws UsageError for an export that is read-only or smaller than `size` bytes; NotFoundError; StorageError
 */
export async function openNbdTarget(
  connect: Connect,
  url: string,
  options: NbdOptions & { readonly size: number },
): Promise<VolumeTarget> {
  return await targetOf({ connect, url: parseNbdUrl(url), name: url }, options);
}

/** @throws UsageError for an export that is read-only or smaller than `size` bytes; NotFoundError; StorageError */
export async function targetOf(
  { connect, url, name }: NbdExport,
  options: NbdOptions & { readonly size: number },
): Promise<NbdVolume> {
  const failures = new NbdFailures(name);
  const connections = await NbdConnections.open(connect, url, failures, {
    ...options,
    contexts: [ALLOCATION_CONTEXT],
  });
  try {
    checkWritable(connections.first, failures, options.size);
    const isZeroed = await failures.named("read the allocation of", isAllZero(connections.first));
    return new NbdVolume(connections, failures, isZeroed);
  } catch (error) {
    await connections.close();
    throw error;
  }
}

/** Whether the server reports every byte as zero. */
async function isAllZero(session: NbdSession): Promise<boolean> {
  const { size, contexts } = session.info;
  if (contexts.size === 0) return false;
  let offset = 0;
  for (let count = 0; offset < size && count < STATUS_REQUESTS_MAX; count++) {
    const status = await session.blockStatus(offset, Math.min(size - offset, STATUS_SIZE_MAX));
    const extents = [...status.values()][0] ?? [];
    if (extents.length === 0 || extents.some(({ state }) => (state & STATE_ZERO) === 0)) return false;
    offset += extents.reduce((sum, { length }) => sum + length, 0);
  }
  return offset >= size;
}
