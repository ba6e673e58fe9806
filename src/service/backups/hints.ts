/**
 * Hints of an incremental: claims about what changed since its parent. They save reading the rest, and are proven
 * before they are used. A hint that speaks of something else, or that a sample of blocks disproves, is refused, and the
 * whole volume is read.
 */
import { StoredTable } from "../../chain/stored-table.js";
import { UsageError } from "../../errors.js";
import { findFalseClaim, HINT_SAMPLE_USUAL } from "../../pipeline/prove-hints.js";
import type { Hashes } from "../../ports.js";
import { imagePath } from "../../sources/disk-images/location.js";
import { readImageBitmap, readSnapshotChanges } from "../../sources/disk-images/open.js";
import { type ChangedRanges, changedRanges, type ParsedHints } from "../../sources/hints/changed-ranges.js";
import { parseHints } from "../../sources/hints/parse.js";
import { readDirtyBitmap } from "../../sources/nbd/dirty-bitmap.js";
import { isNbdUrl } from "../../sources/nbd/url.js";
import type { VolumeSource } from "../../sources/volume.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { CreateBackupRequest } from "../requests.js";
import type { Parent } from "./parent.js";

/** Backups of a chain, counted from its full one, of which one reads everything. */
export const DEFAULT_FULL_READ_INTERVAL = 10;

export interface HintSubject {
  readonly request: CreateBackupRequest;
  readonly hints: ParsedHints;
  readonly parent: Parent;
  readonly source: VolumeSource;
  readonly hashes: Hashes;
  readonly signal: AbortSignal;
  /** Called with the reason if the hints are not used. */
  readonly refuse: (reason: string) => Promise<void>;
}

/**
 * The hints of a request, unproven.
 * @throws UsageError for hints that cannot be read, and for a full backup; NotFoundError for a bitmap that does not exist
 */
export async function readHints(
  { host }: ServiceContext,
  { hints, incremental, signal }: CreateBackupRequest,
  location: string | undefined,
): Promise<ParsedHints | undefined> {
  if (hints === undefined) return undefined;
  if (!incremental) throw new UsageError("Cannot use hints for a full backup: they need --incremental");
  if (location === undefined)
    throw new UsageError(
      "Cannot use hints for standard input: all of it has to be read; want a file, a device or a URL",
    );
  const { text, bitmap, snapshot } = hints;
  if (text !== undefined) return parseHints(text);
  if (snapshot !== undefined) return await readSnapshotChanges(host, location, { snapshot, signal });
  if (bitmap === undefined)
    throw new UsageError("Cannot use hints: want a list, or the name of a bitmap or a snapshot");
  if (imagePath(location) !== undefined)
    return await readImageBitmap(host, location, { name: bitmap, signal });
  if (!isNbdUrl(location))
    throw new UsageError(
      `Cannot read dirty bitmap "${bitmap}" of "${location}": only NBD servers and qcow2 images have bitmaps; want the URL of an export, or qcow2:/PATH`,
    );
  return await readDirtyBitmap(host.connect, location, { name: bitmap, signal });
}

/**
 * What may have changed since the parent; `undefined` if the whole volume has to be read.
 * @throws NotFoundError for a backup that does not exist
 */
export async function proveHints(
  context: ServiceContext,
  subject: HintSubject,
): Promise<ChangedRanges | undefined> {
  const { request, hints, parent, source, refuse } = subject;
  const changed = changedRanges(hints.ranges);
  const doubt =
    (await doubtAboutParent(context, request, parent)) ??
    doubtAboutSize(hints, source.size) ??
    (await doubtAboutClaims(context, subject, changed));
  if (doubt === undefined) return changed;
  await refuse(`the hints cannot be used: ${doubt}`);
  return undefined;
}

async function doubtAboutParent(
  context: ServiceContext,
  { hints }: CreateBackupRequest,
  { backup, chain }: Parent,
): Promise<string | undefined> {
  if (hints?.since !== undefined) {
    const since = await findVisible(context, context.catalog.backups, hints.since);
    if (since.id !== backup.id) return `they speak of backup ${since.id}, and the parent is ${backup.id}`;
  }
  const { fullReadInterval = DEFAULT_FULL_READ_INTERVAL } = context.settings;
  if (fullReadInterval === 0 || chain.links.length % fullReadInterval !== 0) return undefined;
  return `one of ${fullReadInterval} backups of a chain reads everything (backup_full_read_interval)`;
}

function doubtAboutSize({ ranges, coveredSize, unit = 1 }: ParsedHints, size: number): string | undefined {
  if (coveredSize !== undefined && coveredSize !== size)
    return `they are of a volume of ${coveredSize} bytes, and this one has ${size}`;
  const beyond = ranges.find(
    ({ offset, length }) => length > 0 && (offset >= size || offset + length >= size + unit),
  );
  return (
    beyond && `they speak of ${beyond.length} bytes at ${beyond.offset}, and the volume has ${size} bytes`
  );
}

/** Checks a random sample of the claims. */
async function doubtAboutClaims(
  { settings, host }: ServiceContext,
  { source, parent, hashes, signal }: HintSubject,
  changed: ChangedRanges,
): Promise<string | undefined> {
  const { blockSize, hintSample: sampleCount = HINT_SAMPLE_USUAL } = settings;
  const table = await StoredTable.open(parent.chain.links.at(-1)!.backup, hashes, { signal });
  try {
    const sample = { blockSize, sampleCount, random: host.random, signal };
    const block = await findFalseClaim({ source, changed, digests: table, hashes, ...sample });
    return block === undefined
      ? undefined
      : `they call block ${block} at offset ${block * blockSize} unchanged, which has changed since backup ${parent.backup.id}`;
  } finally {
    await table.close();
  }
}
