/**
 * A repository to try the page with, in the page's private storage: a full backup of a small volume, an incremental one,
 * and one more whose data was damaged afterwards.
 */
import {
  type BackupIdentity,
  createBackup,
  MemorySource,
  type ObjectSink,
  type Runtime,
  type StoredBackup,
} from "../../src/index.js";
import { StoredTable } from "../../src/pipeline/stages/index.js";
import { DirectorySink } from "../../src/sinks/directory/index.js";

const MIB = 1024 * 1024;
const BLOCK_SIZE = 32 * 1024;
const VOLUME_SIZE: number = 24 * MIB;
const CHUNK_SIZE: number = 2 * MIB;
const CONTAINER = "sample";
const VOLUME_ID = "5a3b1e00-0000-4000-8000-000000000000";
/** The directory in the private storage, which is made anew. */
export const SAMPLE_DIRECTORY = "ashlar-sample";

export async function makeSample(runtime: Runtime): Promise<ObjectSink> {
  const storage = await navigator.storage.getDirectory();
  await storage.removeEntry(SAMPLE_DIRECTORY, { recursive: true }).catch(() => {});
  const sink = new DirectorySink({
    root: await storage.getDirectoryHandle(SAMPLE_DIRECTORY, { create: true }),
  });
  await sink.createContainer(CONTAINER);
  const volume = firstState();
  const full = await store(sink, runtime, { volume, number: 1, name: "monday" });
  for (const block of [40, 41, 42, 200, 310, 311, 540, 700]) change(volume, block);
  const second = await store(sink, runtime, { volume, number: 2, name: "tuesday", parents: [full] });
  for (const block of [64, 65, 66, 67, 68, 400]) change(volume, block);
  const third = await store(sink, runtime, {
    volume,
    number: 3,
    name: "wednesday (damaged)",
    parents: [full, second],
  });
  await damage(sink, third);
  return sink;
}

/** Text, noise and a good deal of zeros, as volumes have them. */
function firstState(): Uint8Array<ArrayBuffer> {
  const volume = new Uint8Array(VOLUME_SIZE);
  const line = new TextEncoder().encode("A volume of a page: nothing in it is worth keeping.\n");
  for (let at = 0; at < 4 * MIB; at += line.length) volume.set(line, at);
  for (let at = 4 * MIB; at < 8 * MIB; at += 65_536) crypto.getRandomValues(volume.subarray(at, at + 65_536));
  for (let at = 14 * MIB; at < 19 * MIB; at += line.length) volume.set(line, at);
  return volume;
}

function change(volume: Uint8Array<ArrayBuffer>, block: number): void {
  crypto.getRandomValues(volume.subarray(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE));
}

interface Point {
  readonly volume: Uint8Array;
  readonly number: number;
  readonly name: string;
  /** Oldest first. @default {a full backup} */
  readonly parents?: readonly StoredBackup[];
}

async function store(
  sink: ObjectSink,
  runtime: Runtime,
  { volume, number, name, parents = [] }: Point,
): Promise<StoredBackup> {
  const createdAt = `2026-03-0${1 + number} 02:30:00+00:00`;
  const backupId = `5a3b1e00-0000-4000-8000-00000000000${number}`;
  const identity: BackupIdentity = {
    backupId,
    volumeId: VOLUME_ID,
    backupName: name,
    backupDescription: null,
    createdAt,
  };
  const prefix = `volume_${VOLUME_ID}_2026030${1 + number}023000_backup_${backupId}`;
  const place = { sink, container: CONTAINER, prefix };
  const parent = parents.at(-1);
  const table = parent && (await StoredTable.open(parent, runtime.hashes));
  try {
    await createBackup(new MemorySource(volume), sink, {
      ...place,
      identity,
      parentId: parent?.backupId ?? null,
      parent: table,
      volumeMetadata: null,
      codec: runtime.codecs.get("zlib"),
      blockSize: BLOCK_SIZE,
      chunkSize: CHUNK_SIZE,
      runtime,
    });
  } finally {
    await table?.close();
  }
  return { ...place, backupId, volumeId: VOLUME_ID };
}

/** Turns a few bytes in the middle of the backup's first object, which any reader has to notice. */
async function damage(sink: ObjectSink, { prefix }: StoredBackup): Promise<void> {
  const names: string[] = [];
  for await (const { name } of sink.list(CONTAINER, prefix)) names.push(name);
  const name = names.filter((each) => /-\d{5}$/.test(each)).sort()[0]!;
  const reader = await sink.open(CONTAINER, name);
  const bytes = new Uint8Array(reader.size);
  await reader.readInto(bytes);
  await reader.close();
  bytes.subarray(bytes.length >> 1, (bytes.length >> 1) + 4).fill(0x55);
  const writer = await sink.create(CONTAINER, name);
  await writer.write(bytes);
  await writer.close();
}
