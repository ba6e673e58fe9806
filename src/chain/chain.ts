/** A chain of backups, opened for reading: its manifests are checked against each other and merged into one plan. */
import { orAborted } from "../aborted.js";
import { IntegrityError } from "../errors.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { sideBySide } from "../side-by-side.js";
import { type ChainLink, compareStored, listStored, readLink } from "./link.js";
import { planRestore, type RestorePlan } from "./plan.js";
import { readAgain } from "./read-again.js";
import type { ReadingOptions, StoredBackup } from "./stored-backup.js";
import { StoredTable } from "./stored-table.js";

/**
 * A backup with its ancestors, opened and planned, for `restoreBackup`, `verifyBackup` and images.
 */
export interface Chain {
  /** Oldest (the full backup) first. */
  readonly links: readonly ChainLink[];
  readonly plan: RestorePlan;
  /** Names under the chain's prefixes that no manifest lists. */
  readonly unlisted: readonly string[];
}

/** Layers opened at once: opening a long chain is mostly waiting for the store. */
const LAYERS_AT_ONCE = 8;

/**
 * Reads the manifests of a chain, checks that all objects exist, and plans its restore.
 * @param backups the chain, oldest first
 * @throws IntegrityError for anything that would make a restore fail and can be found without reading the objects
 */
export async function openChain(
  backups: readonly StoredBackup[],
  hashes: Hashes,
  options: ReadingOptions = {},
): Promise<Chain> {
  const { chain, table } = await openChainAndTable(backups, hashes, options);
  await table.close();
  return chain;
}

/** Like `openChain`; also returns the newest backup's digest table, at its first digest. The caller closes it. */
export async function openChainAndTable(
  backups: readonly StoredBackup[],
  hashes: Hashes,
  options: ReadingOptions = {},
): Promise<{ readonly chain: Chain; readonly table: StoredTable }> {
  const opening = { ...options, hashes };
  const [newest, opened] = await bothOrNeither(
    readAgain([backups.at(-1)!.sink], () => openNewest(backups.at(-1)!, opening)),
    sideBySide(backups.slice(0, -1), LAYERS_AT_ONCE, (backup) =>
      readAgain([backup.sink], () => openAncestor(backup, opening)),
    ),
  );
  try {
    return { chain: chainOf([...opened, newest], newest), table: newest.table };
  } catch (error) {
    await newest.table.close();
    throw error;
  }
}

function chainOf(opened: readonly OpenedLayer[], { header, blockCount }: NewestLayer): Chain {
  for (const [index, { link }] of opened.entries()) checkParent(link, opened[index - 1]?.link.backup);
  const { blockSize } = header;
  checkBlockSizes(opened, blockSize);
  const links = opened.map(({ link }) => link);
  const planLayers = links.map(({ backup, manifest }) => ({
    backupId: backup.backupId,
    objects: manifest.objects,
  }));
  return {
    links,
    plan: planRestore(planLayers, { blockSize, blockCount }),
    unlisted: opened.flatMap(({ unlisted }) => unlisted),
  };
}

/** Waits for both. If either fails, closes the newest's table; neither is running once this rejects. */
async function bothOrNeither(
  newest: Promise<NewestLayer>,
  ancestors: Promise<OpenedLayer[]>,
): Promise<[NewestLayer, OpenedLayer[]]> {
  const [first, second] = await Promise.allSettled([newest, ancestors]);
  // The error of the oldest wrong backup is thrown, because all others depend on it.
  if (second.status === "rejected") {
    if (first.status === "fulfilled") await first.value.table.close();
    throw second.reason;
  }
  if (first.status === "rejected") throw first.reason;
  return [first.value, second.value];
}

interface OpenedLayer {
  readonly link: ChainLink;
  readonly unlisted: readonly string[];
  /** Header of its digest table, if that was read. */
  readonly header: StoredTable["header"] | undefined;
}

interface NewestLayer extends OpenedLayer {
  readonly header: StoredTable["header"];
  readonly blockCount: number;
  readonly table: StoredTable;
}

interface LayerOptions extends ReadingOptions {
  readonly hashes: Hashes;
}

async function openNewest(backup: StoredBackup, options: LayerOptions): Promise<NewestLayer> {
  // Both may fail for the same reason, so both end before either error is thrown.
  const [listed, counted] = await Promise.allSettled([
    readListed(backup, options),
    openCounted(backup, options),
  ]);
  if (counted.status === "rejected") throw listed.status === "rejected" ? listed.reason : counted.reason;
  const { table } = counted.value;
  try {
    if (listed.status === "rejected") throw listed.reason;
    checkIdentity(table.header, listed.value.link);
    return { ...listed.value, ...counted.value, header: table.header };
  } catch (error) {
    await table.close();
    throw error;
  }
}

/**
 * Opens a backup that others depend on. A restore does not use its digest table: if the catalog has the digests of both
 * files, it is enough that the table exists, so a long chain takes two requests per backup instead of three.
 */
async function openAncestor(backup: StoredBackup, options: LayerOptions): Promise<OpenedLayer> {
  const isVouchedFor = backup.manifestSha256 !== undefined && backup.digestTableSha256 !== undefined;
  if (isVouchedFor) return { ...(await readListed(backup, options)), header: undefined };
  const [listed, header] = await Promise.allSettled([
    readListed(backup, options),
    readHeader(backup, options),
  ]);
  if (listed.status === "rejected") throw listed.reason;
  if (header.status === "rejected") throw header.reason;
  checkIdentity(header.value, listed.value.link);
  return { ...listed.value, header: header.value };
}

async function readListed(
  backup: StoredBackup,
  { hashes, signal }: LayerOptions,
): Promise<Omit<OpenedLayer, "header">> {
  // A listing cannot be aborted. A wrong manifest explains more than a missing object, so its error goes first.
  const listing = orAborted(listStored(backup), signal);
  const [read, listed] = await Promise.allSettled([readLink(backup, hashes, { signal }), listing]);
  if (read.status === "rejected") throw read.reason;
  if (listed.status === "rejected") throw listed.reason;
  const { unlisted } = compareStored(read.value, listed.value);
  return { link: read.value, unlisted };
}

async function readHeader(
  backup: StoredBackup,
  { hashes, signal }: LayerOptions,
): Promise<StoredTable["header"]> {
  const table = await StoredTable.open(backup, hashes, { signal });
  await table.close();
  return table.header;
}

/** Opens the table at its first digest; opens it a second time if the digests had to be counted one by one. */
async function openCounted(
  backup: StoredBackup,
  { hashes, signal }: LayerOptions,
): Promise<Pick<NewestLayer, "table" | "blockCount">> {
  const table = await StoredTable.open(backup, hashes, { signal });
  const counted = table.countBySize();
  if (counted !== undefined) return { table, blockCount: counted };
  try {
    const blockCount = await table.countAll();
    return { table: await StoredTable.open(backup, hashes, { signal }), blockCount };
  } finally {
    await table.close();
  }
}

/** @throws IntegrityError for a manifest that names another parent */
export function checkParent({ backup, manifest }: ChainLink, parent: StoredBackup | undefined): void {
  const expected = parent?.backupId ?? null;
  if (manifest.parentId === expected) return;
  const described = manifest.parentId === null ? "a full backup" : `an incremental of ${manifest.parentId}`;
  const wanted = expected === null ? "a full backup" : `an incremental of ${expected}`;
  throw new IntegrityError(`Cannot use manifest: it is of ${described}, want ${wanted}`, {
    backupId: backup.backupId,
  });
}

function checkBlockSizes(opened: readonly OpenedLayer[], blockSize: number): void {
  for (const { link, header } of [...opened].reverse()) {
    if (header === undefined || header.blockSize === blockSize) continue;
    const sizes = `${header.blockSize} bytes, the backups based on it ${blockSize}`;
    throw new IntegrityError(`Cannot use chain: blocks have ${sizes}`, { backupId: link.backup.backupId });
  }
}

/** Compares the backup's identity in both files, which reveals a changed byte in either. */
function checkIdentity(header: StoredTable["header"], { backup, manifest }: ChainLink): void {
  for (const key of ["backupId", "backupName", "backupDescription", "createdAt"] as const) {
    if (header[key] !== manifest[key]) {
      const values = `${JSON.stringify(header[key])}, the manifest's is ${JSON.stringify(manifest[key])}`;
      throw new IntegrityError(`Cannot use digest table: its ${key} is ${values}`, {
        backupId: backup.backupId,
        objectName: digestTableName(backup.prefix),
      });
    }
  }
}
