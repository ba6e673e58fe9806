/** The calls about the signed history of the configured repository. */

import { fromUtf8 } from "../../bytes.js";
import type { BackupRow } from "../../catalog/backups.js";
import { readLink } from "../../chain/link.js";
import { InvalidStateError, UsageError } from "../../errors.js";
import type { HistoryEntry } from "../../history/entry.js";
import { type BlockProof, checkProof, makeProof, type ProvenBlock } from "../../history/proof.js";
import { pathOfBlock } from "../../history/table.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { entryIn, openHistory, openRecorder, type RepositoryHistory } from "./history.js";
import { locate, locateRecorded } from "./stored.js";

/** An entry and its hash. */
export type HistoryRow = HistoryEntry & { readonly hash: string };

export interface HistoryCalls {
  /** Every entry, in order, verified. */
  list(): Promise<HistoryRow[]>;
  /**
   * Adds backups that the history lacks, as they are in the catalog and the store: those made before it began, or by
   * others.
   * @param backups names or IDs. @default {all available backups of the repository}
   * @returns the new entries
   */
  add(backups?: readonly string[]): Promise<HistoryRow[]>;
  /** The proof of one block of a backup. @throws UsageError for a block that it does not have */
  prove(backup: string, block: number): Promise<BlockProof>;
  /** Checks a proof of unknown origin, without the repository. @throws IntegrityError */
  check(proof: BlockProof): Promise<ProvenBlock>;
}

export function openHistoryCalls(context: ServiceContext): HistoryCalls {
  return {
    list: async () => await rowsOf(await requireHistory(context)),
    add: (backups) => add(context, backups),
    prove: (backup, block) => prove(context, backup, block),
    check: async (proof) => {
      const { hashes } = await context.host.runtime();
      return await checkProof(proof, { keys: keysOf(context), hashes });
    },
  };
}

function keysOf({ settings }: ServiceContext): readonly string[] {
  if (settings.history !== undefined) return settings.history.keys;
  throw new UsageError("Cannot use the history: no key is named; want history_key");
}

async function requireHistory(context: ServiceContext): Promise<RepositoryHistory> {
  keysOf(context);
  return (await openHistory(context, context.settings.repository))!;
}

async function rowsOf(history: RepositoryHistory): Promise<HistoryRow[]> {
  return (await history.entries()).map((row) => ({ ...entryIn(row), hash: row.hash }));
}

async function add(context: ServiceContext, given: readonly string[] | undefined): Promise<HistoryRow[]> {
  const { catalog, settings, host } = context;
  const { repository } = settings;
  const history = await requireHistory(context);
  const recorder = (await openRecorder(context, repository))!;
  const { hashes } = await host.runtime();
  const before = (await history.entries()).length;
  // The oldest first.
  const rows = (await catalog.backups.list({ repository, status: "available" })).reverse();
  const chosen = given === undefined ? rows : await chosenOf(context, given);
  for (const row of chosen) {
    const backup = await locate(context, row);
    const stored = await history.storedOf(backup.backupId);
    const isKnown = stored.some(
      ({ prefix, manifest_sha256: sha256 }) =>
        prefix === backup.prefix && sha256 === (backup.manifestSha256 ?? sha256),
    );
    if (isKnown) continue;
    const { manifestSha256 } = await readLink(backup, hashes);
    await recorder.stored({ ...backup, manifestSha256 });
  }
  return (await rowsOf(history)).slice(before);
}

async function chosenOf(context: ServiceContext, given: readonly string[]): Promise<BackupRow[]> {
  const rows: BackupRow[] = [];
  for (const nameOrId of given) {
    const row = await findVisible(context, context.catalog.backups, nameOrId);
    if (row.repository !== context.settings.repository)
      throw new UsageError(`Cannot add backup ${row.id}: it is in repository "${row.repository}"`);
    if (row.status !== "available")
      throw new InvalidStateError(`Cannot add backup ${row.id} to the history: it is ${row.status}`);
    rows.push(row);
  }
  return rows;
}

async function prove(context: ServiceContext, nameOrId: string, block: number): Promise<BlockProof> {
  const { catalog, host } = context;
  const row = await findVisible(context, catalog.backups, nameOrId);
  keysOf(context);
  const history = await openHistory(context, row.repository);
  if (history === undefined)
    throw new UsageError(`Cannot prove a block of backup ${row.id}: its repository has no history`);
  const backup = await locateRecorded(context, row, history);
  const { hashes } = await host.runtime();
  const path = await pathOfBlock(backup, block, { hashes });
  const entries = await history.entries();
  const entry = entries.findLast((each) => {
    const found = entryIn(each);
    return found.event === "stored" && found.backup_id === backup.backupId && found.prefix === backup.prefix;
  })!;
  const proof = makeProof(fromUtf8(await history.log.object(entry.number)), block, path);
  await checkProof(proof, { keys: keysOf(context), hashes });
  return proof;
}
