/**
 * The signed history of a repository in the work of the service (docs/history.md). The catalog keeps every entry that it
 * has verified, so each use reads the newest known entry again, to see that the store still has it, and what follows.
 *
 *     a backup is stored    its entry is appended once its manifest is there, before the catalog calls it available
 *     a backup is removed   its entry is appended once its manifest is gone, before the catalog forgets it
 *
 * So a crash between the two leaves a row that the next start works on again. A backup may have several entries since it
 * was last removed: a consolidation stores the same volume under another prefix, and both are good until the row says
 * which it is.
 */

import { toHex } from "../../bytes.js";
import type { HistoryEntryRow } from "../../catalog/history-entries.js";
import type { StoredBackup } from "../../chain/stored-backup.js";
import { IntegrityError, InvalidStateError, UsageError } from "../../errors.js";
import { defaultContainer, manifestName } from "../../format/names.js";
import type { HistoryEntry, HistoryEvent, SignedEntry, StoredEvent } from "../../history/entry.js";
import type { HistorySigner } from "../../history/keys.js";
import { type HistoryHead, HistoryLog } from "../../history/log.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { findMarker, markerContainer } from "./marker.js";

/** The digests that a backup's files must have. */
export interface RecordedDigests {
  readonly manifestSha256: string;
  readonly digestTableSha256: string;
}

/** A backup whose manifest was read. */
export type ReadBackup = StoredBackup & { readonly manifestSha256: string };

export class RepositoryHistory {
  readonly #context: ServiceContext;
  readonly #repository: string;
  readonly #log: HistoryLog;

  private constructor(context: ServiceContext, repository: string, log: HistoryLog) {
    this.#context = context;
    this.#repository = repository;
    this.#log = log;
  }

  /** @throws IntegrityError when the store does not have what the catalog knows of it */
  static async open(
    context: ServiceContext,
    repository: string,
    keys: readonly string[],
  ): Promise<RepositoryHistory> {
    const sink = await context.host.openRepository(repository);
    const container = await containerOf(context, repository, sink);
    const { hashes } = await context.host.runtime();
    const log = new HistoryLog(sink, { container, hashes, keys });
    const history = new RepositoryHistory(context, repository, log);
    await history.#follow();
    return history;
  }

  get log(): HistoryLog {
    return this.#log;
  }

  async entries(): Promise<HistoryEntryRow[]> {
    return await this.#context.catalog.history.list(this.#repository);
  }

  /** What was stored of the backup since it was last removed, in order. */
  async storedOf(backupId: string): Promise<StoredEvent[]> {
    const rows = await this.#context.catalog.history.ofBackup(this.#repository, backupId);
    const entries = rows.map(entryIn);
    const isLive = entries.slice(entries.findLastIndex(({ event }) => event === "removed") + 1);
    return isLive.filter((entry): entry is HistoryEntry & StoredEvent => entry.event === "stored");
  }

  /**
   * The digests of the backup's files.
   * @param known those that the catalog has
   * @throws IntegrityError for a backup that the history does not have, or has with other digests
   */
  async digestsOf({
    backupId,
    prefix,
    manifestSha256,
    digestTableSha256,
  }: Omit<StoredBackup, "sink" | "container" | "volumeId">): Promise<RecordedDigests> {
    const stored = (await this.storedOf(backupId)).filter((event) => event.prefix === prefix);
    const found = stored.findLast(
      (event) =>
        (manifestSha256 ?? event.manifest_sha256) === event.manifest_sha256 &&
        (digestTableSha256 ?? event.digest_table_sha256) === event.digest_table_sha256,
    );
    if (found !== undefined)
      return { manifestSha256: found.manifest_sha256, digestTableSha256: found.digest_table_sha256 };
    const state =
      stored.length === 0
        ? "the signed history does not have it, or has it as removed; `ashlar repository history add` adds what you trust"
        : "the signed history has it with other digests";
    throw new IntegrityError(`Cannot trust backup: ${state}`, { backupId, objectName: manifestName(prefix) });
  }

  async append(event: HistoryEvent, signer: HistorySigner): Promise<void> {
    const added = await this.#log.append(event, {
      head: await this.#head(),
      signer,
      now: this.#context.host.clock.now(),
      onOther: (entry) => this.#keep(entry),
    });
    await this.#keep(added);
  }

  async #follow(): Promise<void> {
    const head = await this.#head();
    if (head !== undefined) await this.#log.requireHead(head);
    for await (const entry of this.#log.after(head)) await this.#keep(entry);
  }

  async #head(): Promise<HistoryHead | undefined> {
    const row = await this.#context.catalog.history.head(this.#repository);
    return row && { history: row.historyId, number: row.number, hash: row.hash };
  }

  async #keep({ entry, line, hash }: SignedEntry): Promise<void> {
    await this.#context.catalog.history.add({
      ...{ repository: this.#repository, number: entry.number, historyId: entry.history },
      ...{ hash, backupId: entry.backup_id, line },
    });
  }
}

/** The entry in a row of the catalog. */
export function entryIn({ line }: HistoryEntryRow): HistoryEntry {
  return JSON.parse(line) as HistoryEntry;
}

/** The history of a repository; `undefined` without a key, and of another repository that never had a history. */
export async function openHistory(
  context: ServiceContext,
  repository: string,
): Promise<RepositoryHistory | undefined> {
  const { settings, catalog } = context;
  if (settings.history === undefined) return undefined;
  const isOwn = repository === settings.repository;
  if (!isOwn && (await catalog.history.head(repository)) === undefined) return undefined;
  return await RepositoryHistory.open(context, repository, settings.history.keys);
}

/**
 * What appends to the history of a repository; `undefined` if it has none. To be called before anything is changed.
 * @throws InvalidStateError, UsageError when the repository has a history and this process cannot sign for it
 */
export async function openRecorder(
  context: ServiceContext,
  repository: string,
): Promise<HistoryRecorder | undefined> {
  const { settings, catalog } = context;
  const isKnown = (await catalog.history.head(repository)) !== undefined;
  if (settings.history === undefined) {
    if (!isKnown) return undefined;
    throw new InvalidStateError(
      `Cannot change repository "${repository}": it has a signed history, and no key is named; want history_key and history_identity`,
    );
  }
  if (!isKnown && repository !== settings.repository) return undefined;
  const signer = await settings.history.signer?.();
  if (signer === undefined)
    throw new UsageError(
      `Cannot change repository "${repository}": its history is signed; want history_identity, the file of the private key`,
    );
  if (!settings.history.keys.includes(signer.publicKey))
    throw new UsageError(
      `Cannot sign the history with history_identity: its public key ${signer.publicKey} is not among history_key`,
    );
  return new HistoryRecorder(context, repository, signer);
}

export class HistoryRecorder {
  readonly #context: ServiceContext;
  readonly #repository: string;
  readonly #signer: HistorySigner;

  constructor(context: ServiceContext, repository: string, signer: HistorySigner) {
    this.#context = context;
    this.#repository = repository;
    this.#signer = signer;
  }

  /** Records a backup whose manifest is there. Its digest table is read again, for the root. */
  async stored(backup: ReadBackup, signal?: AbortSignal): Promise<void> {
    const { hashes } = await this.#context.host.runtime();
    const { rootOfTable } = await import("../../history/table.js");
    const { blockSize, blockCount, root, sha256 } = await rootOfTable(backup, { hashes, signal });
    await (await this.#open()).append(
      {
        event: "stored",
        ...{ backup_id: backup.backupId, volume_id: backup.volumeId },
        ...{ container: backup.container, prefix: backup.prefix },
        ...{ manifest_sha256: backup.manifestSha256, digest_table_sha256: sha256 },
        ...{ block_size: blockSize, block_count: blockCount, root: toHex(root) },
      },
      this.#signer,
    );
  }

  /** Records that a backup was removed, if it was, and the history has it. */
  async removed(backup: Pick<StoredBackup, "backupId">): Promise<void> {
    const history = await this.#open();
    const stored = await history.storedOf(backup.backupId);
    if (stored.length === 0) return;
    const sink = await this.#context.host.openRepository(this.#repository);
    for (const { container, prefix } of stored)
      if ((await sink.size(container, manifestName(prefix))) !== undefined) return;
    await history.append({ event: "removed", backup_id: backup.backupId }, this.#signer);
  }

  async #open(): Promise<RepositoryHistory> {
    const { keys } = this.#context.settings.history!;
    return await RepositoryHistory.open(this.#context, this.#repository, keys);
  }
}

/** The container that has the history: that of the marker. */
async function containerOf(
  { catalog, settings }: ServiceContext,
  repository: string,
  sink: ObjectSink,
): Promise<string> {
  const known = await catalog.repositories.byUrl(repository);
  if (known !== undefined) return known.container;
  const usual = settings.container ?? defaultContainer(sink.naming, "");
  const isOwn = sink.naming === "flat" || settings.repository === repository;
  const marker = isOwn && settings.container !== undefined ? undefined : await findMarker(sink);
  return marker?.container ?? markerContainer(sink, usual);
}
