/**
 * What Cinder stores when nobody changes its options: objects of 1.86 GiB, each one stream that it made in memory as a
 * whole. Restored within the plan, which knows nothing of their size.
 */
import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { GIB, MIB } from "../../src/units.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { Cinder } from "./cinder.js";
import { makeWorkspace } from "./matrix.js";
import type { MeasuredRestore, RestoreFigures } from "./measured-restore.js";

const DEFAULT_OBJECT_SIZE = 1_999_994_880;
const VOLUME_SIZE: number = 2 * GIB;
const VOLUME_ID = "dddddddd-0000-4000-8000-000000000001";
const BACKUP_ID = "dddddddd-0000-4000-8000-000000000002";
const CHILD: string = fileURLToPath(new URL("measured-restore.js", import.meta.url));

/** 96 MiB at the beginning, 16 MiB across the boundary of the objects, 16 MiB at the end, and zeros between them. */
async function writeVolume(path: string): Promise<void> {
  const file = await open(path, "w");
  const piece = joined(prose(3 * MIB), noise(MIB), prose(4 * MIB, 2));
  const starts = [
    ...Array.from({ length: 12 }, (_, i) => i * piece.length),
    DEFAULT_OBJECT_SIZE - piece.length - 1000,
    DEFAULT_OBJECT_SIZE - 1000,
    VOLUME_SIZE - 2 * piece.length,
    VOLUME_SIZE - piece.length,
  ];
  await file.truncate(VOLUME_SIZE);
  for (const [index, start] of starts.entries()) {
    // Otherwise every piece would be a copy of the last.
    for (let at = 0; at < piece.length; at += 997) piece[at] = index;
    await file.write(piece, 0, piece.length, start);
  }
  await file.close();
}

/** bzip2 takes minutes of processor time for objects of this size; it is in `npm run test:long`. */
const COMPRESSIONS: readonly string[] =
  process.env.ASHLAR_TEST_COMBINATIONS === "all" ? ["zlib", "bz2", "zstd"] : ["zlib", "zstd"];

for (const compression of COMPRESSIONS) {
  test.serial(`objects of 1.86 GiB as Cinder writes them, ${compression}`, async (t) => {
    t.timeout(900_000);
    const workspace = await makeWorkspace(t);
    await writeVolume(workspace.source);
    const cinder = new Cinder(`${workspace.directory}/state.sqlite`);
    t.teardown(() => cinder.close());
    const { container, service_metadata: prefix } = await cinder.backup({
      repository: workspace.repository,
      volume_file: workspace.source,
      volume_id: VOLUME_ID,
      id: BACKUP_ID,
      compression,
    });
    await cinder.close();
    const target = `${workspace.directory}/restored.raw`;
    const ids = { backupId: BACKUP_ID, volumeId: VOLUME_ID };
    const spec: MeasuredRestore = { root: workspace.repository, container, prefix, ...ids, target };
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(spec)]);
    const { idle, peak, planned, accounted, accountedPeak } = JSON.parse(stdout) as RestoreFigures;
    const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;
    t.log(`grew ${mib(peak - idle)}, planned ${mib(planned)}; model ${mib(3 * DEFAULT_OBJECT_SIZE)}`);
    await t.notThrowsAsync(promisify(execFile)("cmp", [workspace.source, target]));
    t.true(accountedPeak <= accounted);
    t.true(peak - idle <= planned);
    t.true(peak - idle <= 128 * MIB);
  });
}
