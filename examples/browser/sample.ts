/**
 * A repository to try the page with, in the page's private storage: a full backup of a small volume, an incremental one,
 * and one more whose data was damaged afterwards.
 */
import {
  type CreatedBackup,
  createBackup,
  MemorySource,
  type ObjectSink,
  openRepository,
  type Runtime,
} from "../../src/index.js";
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
  const volume = firstState();
  const monday = await store(sink, runtime, { volume, number: 1, name: "monday" });
  for (const block of [40, 41, 42, 200, 310, 311, 540, 700]) change(volume, block);
  const tuesday = await store(sink, runtime, { volume, number: 2, name: "tuesday", parent: monday.id });
  for (const block of [64, 65, 66, 67, 68, 400]) change(volume, block);
  const name = "wednesday (damaged)";
  await damage(sink, await store(sink, runtime, { volume, number: 3, name, parent: tuesday.id }));
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
  /** Id of the backup that this one is based on. @default {a full backup} */
  readonly parent?: string;
}

async function store(
  sink: ObjectSink,
  runtime: Runtime,
  { volume, number, name, parent }: Point,
): Promise<CreatedBackup> {
  const repository = await openRepository(sink, { hashes: runtime.hashes });
  return await createBackup(new MemorySource(volume), sink, {
    ...{ runtime, volumeId: VOLUME_ID, name, container: CONTAINER, chunkSize: CHUNK_SIZE },
    backupId: `5a3b1e00-0000-4000-8000-00000000000${number}`,
    createdAt: new Date(`2026-03-0${1 + number}T02:30:00Z`),
    parent: parent === undefined ? undefined : await repository.openParent(parent),
  });
}

/** Turns a few bytes in the middle of the backup's first object, which any reader has to notice. */
async function damage(sink: ObjectSink, { prefix }: CreatedBackup): Promise<void> {
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
