/**
 * Creating a backup. What can be known to be wrong is said before anything is recorded or stored; what fails later
 * leaves the volume as it was, no object, and a backup in status `error` with the reason. Cancelling leaves no trace.
 */
import type { BackupRecord, NewBackup } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import { openChain } from "../chain/chain.js";
import { StoredTable } from "../chain/stored-table.js";
import type { Codec } from "../codecs/codec.js";
import { InvalidStateError, isAshlarError, UsageError } from "../errors.js";
import { formatCreatedAt } from "../format/fields.js";
import { backupPrefix, defaultContainer } from "../format/names.js";
import { printVolumeMetadata } from "../format/volume-metadata.js";
import { type BackupResult, backup } from "../pipeline/backup.js";
import { checkGeometry } from "../pipeline/geometry.js";
import { planBackupMemory } from "../pipeline/memory.js";
import type { Runtime } from "../pipeline/runtime.js";
import type { ObjectSink } from "../sinks/sink.js";
import { openFileSource } from "../sources/file.js";
import type { VolumeSource } from "../sources/volume.js";
import { gibOf } from "../units.js";
import { OWNER, type ServiceContext } from "./context.js";
import type { BackupView, CreateBackupRequest } from "./service.js";
import { checkVolumeStatus, VOLUME_STARTS } from "./states.js";
import { locateChain } from "./stored.js";
import { checkName, nameOfPath, newVolume, registerVolume, resolveVolume } from "./volumes.js";

export async function createBackup(
  context: ServiceContext,
  request: CreateBackupRequest,
): Promise<BackupView> {
  if (request.name !== undefined) checkName(request.name);
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
    const plan = planBackupMemory({ ...geometry, codec, sinkBufferSize: sink.bufferSize });
    context.admission.check(plan);
    if (request.incremental) parent = await openParent(context, { runtime, known, source });
    request.signal?.throwIfAborted();
    const volume = known ?? (await register(context, path));
    const work = { request, runtime, sink, source, codec, parent, volume };
    const backup = await context.admission.run(plan, request.signal, () => record(context, work));
    return { backup, hasDependents: false };
  } finally {
    await parent?.table.close();
    await source.close();
  }
}

async function register(context: ServiceContext, path: string): Promise<VolumeRecord> {
  return await registerVolume(context, await newVolume(context, path, await freeName(context, path)));
}

/** The file's name, or its whole path where a volume has that name already. */
async function freeName(context: ServiceContext, path: string): Promise<string> {
  const name = nameOfPath(path);
  const taken = await context.catalog.volumes.list({ name });
  return taken.length === 0 ? name : path;
}

function codecFor({ settings }: ServiceContext, runtime: Runtime): Codec | undefined {
  if (settings.compression === "none") return undefined;
  const codec = runtime.codecs.get(settings.compression);
  if (codec !== undefined) return codec;
  const known = ["none", ...runtime.codecs.keys()].join(", ");
  throw new UsageError(`Cannot use compression algorithm "${settings.compression}": this build has ${known}`);
}

interface Parent {
  readonly backup: BackupRecord;
  readonly table: StoredTable;
}

interface ParentSearch {
  readonly runtime: Runtime;
  readonly known: VolumeRecord | undefined;
  readonly source: VolumeSource;
}

/** The latest available backup of the volume, once it is certain that an incremental can stand on it. */
async function openParent(
  context: ServiceContext,
  { runtime, known, source }: ParentSearch,
): Promise<Parent> {
  const { settings, catalog } = context;
  const latest = known && (await catalog.backups.latestAvailable(known.id, settings.repository));
  if (latest === undefined) {
    throw new InvalidStateError("No backups available to do an incremental backup. Do a full backup first");
  }
  const { layers, plan } = await openChain(await locateChain(context, latest), runtime.hashes);
  const { blockSize } = plan.shape;
  if (blockSize !== settings.blockSize) {
    throw new InvalidStateError(
      `Hash block size has changed since the last backup. New hash block size: ${settings.blockSize}. ` +
        `Old hash block size: ${blockSize}. Do a full backup`,
    );
  }
  if (source.size > plan.volumeSize) {
    const sizes = `from ${plan.volumeSize} to ${source.size} bytes`;
    throw new InvalidStateError(`Volume size increased since the last backup, ${sizes}. Do a full backup`);
  }
  return { backup: latest, table: await StoredTable.open(layers.at(-1)!.backup, runtime.hashes) };
}

interface Work {
  readonly request: CreateBackupRequest;
  readonly runtime: Runtime;
  readonly sink: ObjectSink;
  readonly source: VolumeSource;
  readonly codec: Codec | undefined;
  readonly parent: Parent | undefined;
  readonly volume: VolumeRecord;
}

/** Runs the backup between the status changes that tell others of it. */
async function record(context: ServiceContext, work: Work): Promise<BackupRecord> {
  const row = describe(context, work);
  await work.sink.createContainer(row.container);
  try {
    await begin(context, row, work.volume);
  } catch (error) {
    await work.sink.removeContainer(row.container);
    throw error;
  }
  try {
    const result = await run(context, work, row);
    return await succeed(context, row, work, result);
  } catch (error) {
    await fail(context, { row, volume: work.volume, error });
    throw error;
  }
}

type Row = NewBackup & {
  readonly container: string;
  readonly serviceMetadata: string;
  readonly createdAt: Date;
};

function describe({ settings, host }: ServiceContext, { request, sink, source, parent, volume }: Work): Row {
  const id = crypto.randomUUID();
  const createdAt = host.clock.now();
  const { availabilityZone } = settings;
  const parts = { volumeId: volume.id, backupId: id, availabilityZone, startedAt: createdAt };
  return {
    ...OWNER,
    id,
    volumeId: volume.id,
    status: "creating",
    availabilityZone,
    container: request.container ?? settings.container ?? defaultContainer(sink.naming, id),
    serviceMetadata: backupPrefix(sink.naming, parts),
    service: sink.service,
    parentId: parent?.backup.id ?? null,
    size: gibOf(source.size),
    volumeSize: source.size,
    name: request.name ?? null,
    description: request.description ?? null,
    metadata: request.metadata ?? {},
    repository: settings.repository,
    dataTimestamp: createdAt,
    createdAt,
    holder: host.holder,
  };
}

async function begin({ catalog, host }: ServiceContext, row: Row, volume: VolumeRecord): Promise<void> {
  await catalog.transaction(async ({ volumes, backups }) => {
    const parent = row.parentId == null ? undefined : await backups.byId(row.parentId);
    if (row.parentId != null && parent?.status !== "available") {
      throw new InvalidStateError(
        `Cannot base an incremental on backup ${row.parentId}: it is ${parent?.status ?? "gone"}`,
      );
    }
    const changes = { previousStatus: volume.status, holder: host.holder };
    if (!(await volumes.transition(volume.id, VOLUME_STARTS.backup, "backing-up", changes))) {
      throw new InvalidStateError(
        `Cannot back up volume ${volume.id}: another operation on it has just begun`,
      );
    }
    await backups.insert(row);
  });
}

async function run({ settings }: ServiceContext, work: Work, row: Row): Promise<BackupResult> {
  const { request, runtime, source, sink, codec, parent, volume } = work;
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
    signal: request.signal,
    progress: request.progress,
  });
}

async function succeed(
  { catalog }: ServiceContext,
  row: Row,
  { volume, source }: Work,
  result: BackupResult,
): Promise<BackupRecord> {
  const { storedSize, manifestSha256, digestTableSha256, objects } = result;
  await catalog.transaction(async ({ volumes, backups }) => {
    const changes = {
      storedSize,
      manifestSha256,
      digestTableSha256,
      objectCount: objects.length,
      holder: null,
    };
    await backups.transition(row.id, ["creating"], "available", changes);
    const released = { previousStatus: "backing-up", holder: null, size: source.size };
    await volumes.transition(volume.id, ["backing-up"], volume.status, released);
  });
  return (await catalog.backups.byId(row.id))!;
}

interface Failure {
  readonly row: Row;
  readonly volume: VolumeRecord;
  readonly error: unknown;
}

async function fail({ catalog }: ServiceContext, { row, volume, error }: Failure): Promise<void> {
  await catalog.transaction(async ({ volumes, backups }) => {
    if (isAshlarError(error, "cancelled")) await backups.remove(row.id);
    else {
      const failReason = error instanceof Error ? error.message : String(error);
      await backups.transition(row.id, ["creating"], "error", { failReason, holder: null });
    }
    const released = { previousStatus: "error_backing-up", holder: null };
    await volumes.transition(volume.id, ["backing-up"], volume.status, released);
  });
}
