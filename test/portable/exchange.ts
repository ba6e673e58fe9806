/** Backups that one runtime writes and every other reads. */
import type { CodecId } from "../../src/codecs/codec.js";
import { codecIdOf } from "../../src/codecs/labels.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { decodeBytes, type EncodedFiles, encodeBytes } from "./encoded-files.js";
import { firstDifference, readObject, World, writeObject } from "./world.js";

/** By codec, the stored objects of a chain of two. */
export type WrittenBackups = Readonly<Partial<Record<CodecId, EncodedFiles>>>;

const VOLUME = joined(prose(90_000), noise(40_000), new Uint8Array(100_000), prose(7001, 2));
const HISTORY = [VOLUME, patched(VOLUME, 30_000, joined(noise(20_000, 2), new Uint8Array(9000)))];

async function worldOf(runtime: Runtime, codec: CodecId): Promise<World> {
  const world = await World.create({ runtime, blockSize: 4096, chunkSize: 65_536, codec });
  for (const [point, volume] of HISTORY.entries()) await world.backup(volume, { incremental: point > 0 });
  return world;
}

export async function writeBackups(runtime: Runtime): Promise<WrittenBackups> {
  const written: Partial<Record<CodecId, EncodedFiles>> = {};
  for (const codec of ["none", ...runtime.codecs.keys()] as const) {
    const world = await worldOf(runtime, codec);
    const files: Record<string, string> = {};
    for (const name of await world.names()) files[name] = encodeBytes(await readObject(world.sink, name));
    written[codec] = files;
  }
  return written;
}

/** Reads what the runtime of that name wrote. */
export function exchangeTests(
  test: PortableTest,
  runtime: Runtime,
  writer: string,
  written: WrittenBackups,
): void {
  for (const [label, files] of Object.entries(written)) {
    test(`exchange: what ${writer} wrote with ${label} verifies and comes back here`, async (t) => {
      const world = await worldOf(runtime, codecIdOf(label) ?? "none");
      const names = await world.names();
      t.deepEqual(Object.keys(files).sort(), names);
      for (const name of names) {
        const bytes = decodeBytes(files[name]!);
        // Digests are of plain bytes, and so the same everywhere; compressed bytes may differ.
        if (name.endsWith("_sha256file")) t.deepEqual(bytes, await readObject(world.sink, name), name);
        await writeObject(world.sink, name, bytes);
      }
      for (const [point, volume] of HISTORY.entries()) {
        await world.restore(point, undefined);
        t.is(firstDifference(await world.restoredDirty(point, volume.length), volume), -1, `point ${point}`);
      }
    });
  }
}
