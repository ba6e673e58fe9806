/**
 * Creating a backup. What can be known to be wrong is said before anything is recorded or stored; what fails later
 * leaves the volume as it was, no object, and a backup in status `error` with the reason. Cancelling leaves no trace.
 */
import type { BackupRecord } from "../catalog/backups.js";
import type { NewVolume, VolumeRecord } from "../catalog/volumes.js";
import type { Codec } from "../codecs/codec.js";
import { UsageError } from "../errors.js";
import { formatCreatedAt } from "../format/fields.js";
import { manifestName } from "../format/names.js";
import { printVolumeMetadata } from "../format/volume-metadata.js";
import { type BackupResult, backup } from "../pipeline/backup.js";
import { discard } from "../pipeline/discard.js";
import { checkGeometry } from "../pipeline/geometry.js";
import { planBackupMemory } from "../pipeline/memory.js";
import { throwIfCancelled } from "../pipeline/run.js";
import type { Runtime } from "../pipeline/runtime.js";
import type { ObjectSink } from "../sinks/sink.js";
import { openFileSource } from "../sources/file.js";
import type { VolumeSource } from "../sources/volume.js";
import { gibOf } from "../units.js";
import type { ServiceContext } from "./context.js";
import {
  beginCreation,
  type CreationRow,
  completeCreation,
  describeCreation,
  failCreation,
} from "./creation.js";
import { openParent, type Parent } from "./parent.js";
import type { BackupView, CreateBackupRequest } from "./service.js";
import { checkVolumeStatus } from "./states.js";
import { checkName, checkTexts } from "./texts.js";
import { describeVolume, nameForPath, resolveVolume } from "./volumes.js";

export async function createBackup(
  context: ServiceContext,
  request: CreateBackupRequest,
): Promise<BackupView> {
  if (request.name !== undefined) checkName(request.name);
  checkTexts(request);
  const geometry = { blockSize: context.settings.blockSize, chunkSize: context.settings.fileSize };
  checkGeometry(geometry);
  const { volume: known, source: path } = await resolveVolume(context, request.volume);
  if (known !== undefined) checkVolumeStatus(known, "backup");
  const runtime = await context.host.runtime();
  const sink = await context.host.openRepository(context.settings.repository);
  const source = await openFileSource(context.host.fileSystem, path);
  let parent: Parent | undefined;
  try {
    const codec = codecFor(context, runtime);
    const { hashes } = runtime;
    if (request.incremental) parent = await openParent(context, { hashes, volume: known, source });
    throwIfCancelled(request.signal);
    const { concurrentObjects } = context.settings;
    const encoding = { codec, isLengthKnown: parent === undefined, concurrentObjects };
    const plan = planBackupMemory({ ...geometry, ...encoding, sinkBufferSize: sink.bufferSize });
    context.admission.check(plan);
    const volume = known ?? (await describeUnknown(context, path, source));
    const work = { request, runtime, sink, source, codec, parent, known, volume };
    const backup = await context.admission.run(plan, request.signal, () => record(context, work));
    return { backup, hasDependents: false };
  } finally {
    await parent?.table.close();
    await source.close();
  }
}

/** The volume that is registered together with its first backup. */
async function describeUnknown(
  context: ServiceContext,
  source: string,
  { size }: VolumeSource,
): Promise<NewVolume> {
  return describeVolume(context, { source, size, name: await nameForPath(context.catalog.volumes, source) });
}

function codecFor({ settings }: ServiceContext, runtime: Runtime): Codec | undefined {
  if (settings.compression === "none") return undefined;
  const codec = runtime.codecs.get(settings.compression);
  if (codec !== undefined) return codec;
  const known = ["none", ...runtime.codecs.keys()].join(", ");
  throw new UsageError(`Cannot use compression algorithm "${settings.compression}": this build has ${known}`);
}

interface Work {
  readonly request: CreateBackupRequest;
  readonly runtime: Runtime;
  readonly sink: ObjectSink;
  readonly source: VolumeSource;
  readonly codec: Codec | undefined;
  readonly parent: Parent | undefined;
  /** The volume's row, where there was one before. */
  readonly known: VolumeRecord | undefined;
  readonly volume: VolumeRecord | NewVolume;
}

/** Runs the backup between the status changes that tell others of it. */
async function record(context: ServiceContext, work: Work): Promise<BackupRecord> {
  const { request, sink, known } = work;
  const size = work.source.size;
  const parentId = work.parent?.backup.id ?? null;
  const creation = { request, sink, size, parentId, known, volume: work.volume };
  const row = describeCreation(context, creation);
  // Asked for its answer to the names alone: a sink refuses those that it cannot hold.
  await sink.size(row.container, manifestName(row.serviceMetadata));
  const volume = await beginCreation(context, row, creation);
  try {
    // After the rows, so that a container which a dead process left belongs to a backup that can be repaired.
    await sink.createContainer(row.container);
    const result = await run(context, { work, row, volume });
    return await completeCreation(context, { row, volume }, result);
  } catch (error) {
    const isGivenUp = await failCreation(context, { row, volume }, error);
    // What cannot be removed now is removed when the backup in error is deleted.
    if (isGivenUp) await discard(sink, row.container, row.serviceMetadata).catch(() => {});
    throw error;
  }
}

interface Begun {
  readonly work: Work;
  readonly row: CreationRow;
  readonly volume: VolumeRecord;
}

async function run({ settings }: ServiceContext, { work, row, volume }: Begun): Promise<BackupResult> {
  const { request, runtime, source, sink, codec, parent } = work;
  return await backup(source, sink, {
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
    parentId: row.parentId ?? null,
    parent: parent?.table,
    volumeMetadata: printVolumeMetadata({
      ...volume,
      size: gibOf(source.size),
      userMetadata: volume.metadata,
    }),
    codec,
    blockSize: settings.blockSize,
    chunkSize: settings.fileSize,
    concurrentObjects: settings.concurrentObjects,
    signal: request.signal,
    progress: request.progress,
  });
}
