/** Volumes that are files, read by the threads that digest them: the same backup, and the same errors. */
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { StorageError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { openFileSource } from "../../src/sources/file.js";
import type { VolumeSource } from "../../src/sources/volume.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { node, World } from "./world.js";

const VOLUME = joined(noise(MIB + 5), new Uint8Array(2 * MIB), prose(3 * MIB), noise(77));
const CHANGED = patched(VOLUME, 3 * MIB, noise(200, 4));

const threaded = await nodeRuntime("native");
/** More than what is digested without threads. */
threaded.start?.(1024 * MIB);
const scratch = await mkdtemp(join(tmpdir(), "ashlar-test-"));
test.after.always(async () => {
  await threaded.close?.();
  await rm(scratch, { recursive: true, force: true });
});

/** The file as a source that counts the bytes that it read itself. */
async function fileOf(bytes: Uint8Array, name: string): Promise<VolumeSource & { bytesRead: number }> {
  const path = join(scratch, name);
  await writeFile(path, bytes);
  const file = await openFileSource(nodeFileSystem, path);
  const counting = {
    size: file.size,
    descriptor: file.descriptor,
    bytesRead: 0,
    async readInto(buffer: Uint8Array, offset: number): Promise<void> {
      counting.bytesRead += buffer.length;
      await file.readInto(buffer, offset);
    },
    close: () => file.close(),
  };
  return counting;
}

const worldOf = (runtime: World["runtime"]) =>
  World.create({ runtime, blockSize: 4 * KIB, chunkSize: 2 * MIB, codec: "none" });

test("the backups are those of the thread that moves the windows", async (t) => {
  const [expected, world] = [await worldOf(node.runtime), await worldOf(threaded)];
  for (const [index, bytes] of [VOLUME, CHANGED].entries()) {
    const incremental = index > 0;
    const source = await fileOf(bytes, `volume-${index}`);
    const result = await world.backup(bytes, { source, incremental });
    await source.close();
    t.is(source.bytesRead, 0, "the threads read everything");
    const { digestTableSha256, objects } = await expected.backup(bytes, { incremental });
    t.is(result.digestTableSha256, digestTableSha256);
    t.deepEqual(
      result.objects.map(({ name: _, ...object }) => object),
      objects.map(({ name: _, ...object }) => object),
    );
  }
});

test("a file that shrank is reported with its path and the offset", async (t) => {
  const world = await worldOf(threaded);
  const source = await fileOf(VOLUME, "shrinking");
  await truncate(join(scratch, "shrinking"), 5 * MIB + 1);
  const error = await t.throwsAsync(world.backup(VOLUME, { source }), { instanceOf: StorageError });
  t.regex(
    error.message,
    /^Cannot read ".*shrinking" at offset 5242880: 1 of \d+ bytes are there, and it had/,
  );
  t.deepEqual(await world.names(), [], "nothing is left of the backup");
  await source.close();
});

test("a source that threads cannot read is read by itself", async (t) => {
  const world = await worldOf(threaded);
  const source = await fileOf(VOLUME, "own");
  const own: VolumeSource = { size: source.size, readInto: source.readInto, close: source.close };
  await world.backup(VOLUME, { source: own });
  t.is(source.bytesRead, VOLUME.length);
  await source.close();
});
