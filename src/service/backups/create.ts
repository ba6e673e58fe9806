/**
 * Creates a backup. Errors that can be known in advance are reported before anything is recorded or stored; a later
 * failure leaves the volume as it was, no object, and a backup in status `error` with the reason. Cancelling leaves no
 * trace, whether the caller's signal does it or another process that deletes the backup by force.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { NewVolume, VolumeRow } from "../../catalog/volumes.js";
import type { Codec } from "../../codecs/codec.js";
import { type ErrorCode, isAshlarError, ObjectExistsError } from "../../errors.js";
import { formatCreatedAt } from "../../format/fields.js";
import { defaultContainer, manifestName } from "../../format/names.js";
import { printVolumeMetadata } from "../../format/volume-metadata.js";
import { type BackupResult, isStream, runBackup } from "../../pipeline/backup.js";
import { type MemoryPlan, planBackupMemory, shapeOfSink } from "../../pipeline/memory/plan.js";
import { codecFor } from "../../pipeline/run/codec-for.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { discard } from "../../pipeline/stages/discard.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ChangedRanges, ParsedHints } from "../../sources/hints/changed-ranges.js";
import { openSource } from "../../sources/open.js";
import type { Ranges } from "../../sources/ranges.js";
import type { VolumeSource, VolumeStream } from "../../sources/volume.js";
import { gibOf } from "../../units.js";
import type { ServiceContext } from "../context.js";
import { FencedSink } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { type HistoryRecorder, openRecorder } from "../repositories/history.js";
import { mark, requireWritable } from "../repositories/presence.js";
import { isCurrent } from "../repositories/stored.js";
import type { BackupView, CreateBackupRequest } from "../requests.js";
import { checkName, checkTexts } from "../texts.js";
import { describeVolume, nameForPath } from "../volumes/volumes.js";
import { readAllocation } from "./allocation.js";
import { requireLockable } from "./apply-locks.js";
import { isOfParent, makeContainer } from "./create-container.js";
import { completeCreationLock, lockBeforeManifest } from "./create-lock.js";
import {
  type AcceptedCreation,
  beginCreation,
  type CreationRow,
  completeCreation,
  describeCreation,
  failCreation,
} from "./create-rows.js";
import { proveHints, readHints } from "./hints.js";
import { findBackup } from "./list.js";
import { openParent, type Parent, type ParentSearch } from "./parent.js";
import { recordCreation } from "./record-creation.js";
import { reportRefusedHints } from "./refused-hints.js";
import { endTemporary, resolveSubject, type Subject } from "./subject.js";

/** @param accepted the backup's row, if it was added before the backup's turn came */
export async function createBackup(
  context: ServiceContext,
  request: CreateBackupRequest,
  accepted?: AcceptedCreation,
): Promise<BackupView> {
  if (request.name !== undefined) checkName(request.name);
  checkTexts(request);
  const subject = accepted?.subject ?? (await resolveSubject(context, request));
  try {
    for (;;) {
      const created = await createFrom(context, request, subject, accepted);
      if (created !== undefined) return created;
    }
  } finally {
    await request.input?.close();
    if (subject.snapshot?.temporary) await endTemporary(context, subject.snapshot);
  }
}

/** Resolves to `undefined` when the parent was consolidated while the backup waited for its turn. */
async function createFrom(
  context: ServiceContext,
  request: CreateBackupRequest,
  { volume: known, source: place, snapshot }: Subject,
  accepted: AcceptedCreation | undefined,
): Promise<BackupView | undefined> {
  const runtime = await context.host.runtime(context.settings.levels);
  const sink = await context.host.openRepository(context.settings.repository);
  const isFile = typeof place === "string";
  // Before the source is opened: some servers serve one client at a time.
  const hints = await readHints(context, request, isFile ? place : undefined);
  const source = isFile ? await openSource(context.host, place) : place;
  // The catalog work that follows waits for the disk, while starting threads needs the processor.
  const size = isFile ? source.size : Number.MAX_SAFE_INTEGER;
  runtime.start?.(Math.max(size, request.batchSize ?? 0));
  let parent: Parent | undefined;
  const ended = new AbortController();
  try {
    const codec = codecFor(context.settings.compression, runtime);
    const { hashes } = runtime;
    const signal = AbortSignal.any([ended.signal, ...(request.signal === undefined ? [] : [request.signal])]);
    const search = { hashes, volume: known, size: source.size, before: snapshot?.createdAt, signal };
    if (request.incremental) parent = await parentFor(context, request, search);
    throwIfCancelled(request.signal);
    const memory = planMemory(context, { request, parent, codec, sink, source });
    const volume = known ?? (await describeUnknown(context, request, { place, size: source.size }));
    const reading = { source, hints, parent, codec, memory };
    const work = { request, runtime, sink, ...reading, known, volume, snapshot, accepted };
    const subjects = { volumeId: known?.id, backupId: accepted?.row.id };
    const { repository } = context.settings;
    const { projectId } = context.caller;
    const owner = { projectId, repository, number: accepted?.queued?.number };
    const admitted = { ...request, kind: "backup", plan: memory, ...subjects, ...owner } as const;
    const recorder = await openRecorder(context, repository);
    const { isMarked } = await requireWritable(
      context,
      context.settings.repository,
      containerOf(context, work),
    );
    const backup = await context.admission.run(admitted, async (operation) => {
      if (parent !== undefined && !(await isCurrent(context, parent.chain))) {
        if (accepted?.queued !== undefined) accepted.queued.number = undefined;
        return undefined;
      }
      return await createWithRows(context, {
        ...work,
        sink: new FencedSink(sink, operation),
        ...{ isMarked, recorder },
        operation,
      });
    });
    return backup && (await findBackup(context, backup.id));
  } catch (error) {
    // Reads and waits that the signal interrupted threw the signal's reason.
    throwIfCancelled(request.signal);
    throw error;
  } finally {
    // A backup that was stopped may still be reading digests of its parent.
    ended.abort();
    await parent?.table.close();
    // A stream stays open for another attempt.
    if (isFile) await source.close();
  }
}

/** The container of the backup to be stored, where it does not depend on the backup. */
function containerOf(
  { settings }: ServiceContext,
  { request, accepted, sink }: Pick<Work, "request" | "accepted" | "sink">,
): string {
  return (
    accepted?.row.container ?? request.container ?? settings.container ?? defaultContainer(sink.naming, "")
  );
}

/** The parent; with `auto`, none if an incremental is impossible, with a warning that gives the reason. */
async function parentFor(
  context: ServiceContext,
  { incremental, volume }: CreateBackupRequest,
  search: ParentSearch,
): Promise<Parent | undefined> {
  try {
    return await openParent(context, search);
  } catch (error) {
    const isPossible = ["invalid-state", "integrity", "not-found"].some((code) =>
      isAshlarError(error, code as ErrorCode),
    );
    if (incremental !== "auto" || !isPossible) throw error;
    context.host.warn?.(
      `making a full backup of "${volume}", because no incremental can be made: ${(error as Error).message}`,
    );
    return undefined;
  }
}

/** The plan by which the backup is admitted and run. @throws UsageError for sizes that do not fit */
function planMemory(
  { settings }: ServiceContext,
  { request, parent, codec, sink, source }: Pick<Work, "request" | "parent" | "codec" | "sink" | "source">,
): MemoryPlan {
  const { blockSize, fileSize: chunkSize, concurrentObjects, coalesceGap } = settings;
  const { checkEncoded = settings.checkEncoded } = request;
  const isLengthKnown = parent === undefined && !isStream(source);
  const sizes = { blockSize, chunkSize, concurrentObjects, coalesceGap, checkEncoded };
  return planBackupMemory({ ...sizes, codec, isLengthKnown, ...shapeOfSink(sink) });
}

/** The volume that is registered together with its first backup. */
async function describeUnknown(
  context: ServiceContext,
  request: CreateBackupRequest,
  { place, size }: { readonly place: Subject["source"]; readonly size: number },
): Promise<NewVolume> {
  const isFile = typeof place === "string";
  const name = isFile ? await nameForPath(context, context.catalog.volumes, place) : request.volume;
  return describeVolume(context, { source: isFile ? place : null, size, name });
}

interface Work {
  readonly request: CreateBackupRequest;
  readonly runtime: Runtime;
  readonly sink: ObjectSink;
  readonly source: VolumeSource | VolumeStream;
  readonly hints: ParsedHints | undefined;
  readonly codec: Codec | undefined;
  readonly memory: MemoryPlan;
  readonly parent: Parent | undefined;
  /** The volume's row if the volume was registered before. */
  readonly known: VolumeRow | undefined;
  readonly volume: VolumeRow | NewVolume;
  /** The snapshot that is read instead of the volume. */
  readonly snapshot: SnapshotRow | undefined;
  readonly accepted: AcceptedCreation | undefined;
  /** Whether the repository has a marker that the catalog knows. */
  readonly isMarked: boolean;
  /** Appends to the signed history. */
  readonly recorder: HistoryRecorder | undefined;
  readonly operation: RunningOperation;
}

/** Runs the backup between the status changes that show it to others. */
async function createWithRows(context: ServiceContext, work: Work): Promise<BackupRow> {
  const { request, sink, known, snapshot, accepted } = work;
  const size = work.source.size;
  const parentId = work.parent?.backup.id ?? null;
  const creation = { request, sink, size, parentId, known, snapshot, volume: work.volume, accepted };
  const row = describeCreation(context, creation);
  // Called only to check the names: a sink rejects names that it cannot store.
  await sink.size(row.container, manifestName(row.serviceMetadata));
  const volume = await beginCreation(context, row, { ...creation, operation: work.operation });
  const begun = await context.catalog.backups.find(row.id);
  context.events.emit("create.start", begun);
  const stopWatching = context.events.watchCreation(begun, work.operation.progress);
  try {
    // Created after the rows, so that a container left by a dead process belongs to a backup that can be repaired.
    if (!isOfParent(row, work.parent)) await makeContainer(sink, row, work.operation);
    await requireLockable(sink, row.container, row);
    // Set before the first object: until it is set, a repair need not look for any.
    await context.catalog.backups.update(row.id, { hasContainer: true });
    const result = await run(context, { work, row, volume });
    await completeCreationLock(context, { ...work, row });
    stopWatching();
    const { repository, container } = row;
    if (!work.isMarked)
      await mark(context, { repository: repository ?? context.settings.repository, container, sink });
    await recordCreation(work, { ...row, ...result });
    const completed = await completeCreation(
      context,
      { row, volume, snapshot, operation: work.operation },
      result,
    );
    context.events.emit("create.end", completed);
    return completed;
  } catch (error) {
    const { operation } = work;
    const isParked =
      accepted?.stopping.aborted === true &&
      isAshlarError(error, "cancelled") &&
      operation.cancelReason === undefined;
    const remove = async (): Promise<void> => {
      // Objects that cannot be removed now are removed when the backup in error is deleted.
      if (!(error instanceof ObjectExistsError))
        await discard(sink, row.container, row.serviceMetadata).catch(() => {});
      await work.recorder?.removed({ backupId: row.id }).catch(() => {});
    };
    // Another process may take a parked backup at once, and store the same names.
    if (isParked) await remove();
    const failed = { row, volume, snapshot, operation, isParked, queued: accepted?.queued };
    const isGivenUp = await failCreation(context, failed, error);
    if (isGivenUp && !isParked) await remove();
    context.events.fail("create", { ...begun, status: "error" }, error);
    throw error;
  } finally {
    stopWatching();
  }
}

interface Begun {
  readonly work: Work;
  readonly row: CreationRow;
  readonly volume: VolumeRow;
}

async function run(context: ServiceContext, begun: Begun): Promise<BackupResult> {
  const { request, source, hints, parent, runtime, operation } = begun.work;
  if (isStream(source)) return await store(context, begun, {});
  const { hashes } = runtime;
  const { signal } = operation;
  const refuse = (reason: string): Promise<void> => reportRefusedHints(context, begun.row.id, reason);
  const data = await readAllocation(context, { source, signal, refuse });
  if (hints === undefined || parent === undefined) return await store(context, begun, { data });
  const changed = await proveHints(context, { request, hints, source, parent, hashes, signal, refuse });
  return await store(context, begun, { data, changed });
}

/** What need not be read. */
interface Known {
  /** Ranges beside which the volume is zero. */
  readonly data?: Ranges | undefined;
  readonly changed?: ChangedRanges | undefined;
}

async function store(
  context: ServiceContext,
  { work, row, volume }: Begun,
  { data, changed }: Known,
): Promise<BackupResult> {
  const { settings } = context;
  const { request, operation, runtime, source, sink, codec, parent } = work;
  return await runBackup(source, sink, {
    runtime,
    container: row.container,
    prefix: row.serviceMetadata,
    identity: {
      backupId: row.id,
      volumeId: volume.id,
      backupName: row.name ?? null,
      backupDescription: row.description ?? null,
      createdAt: formatCreatedAt(row.createdAt),
    },
    parent: parent && {
      // The ID in its manifest: a copy, or an imported backup, may have another row.
      id: parent.chain.links.at(-1)!.backup.backupId,
      digests: parent.table,
      volumeSize: parent.chain.plan.volumeSize,
      changed,
    },
    volumeMetadata: (size) =>
      printVolumeMetadata({ ...volume, size: gibOf(size), userMetadata: volume.metadata }),
    codec,
    data,
    beforeManifest: lockBeforeManifest(context, { ...work, row }),
    memory: work.memory,
    blockSize: settings.blockSize,
    chunkSize: settings.fileSize,
    concurrentObjects: settings.concurrentObjects,
    coalesceGap: settings.coalesceGap,
    checkEncoded: request.checkEncoded ?? settings.checkEncoded,
    signal: operation.signal,
    progress: operation.progress,
    profile: operation.profile,
  });
}
