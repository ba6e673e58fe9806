/**
 * The bound on memory, measured: a process that backs up and restores has so much and no more, whatever the size of
 * the volume and of its objects. The peak is the operating system's count for the whole process.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { planMemory } from "../../src/pipeline/memory/plan.js";
import { GIB, KIB, MIB } from "../../src/units.js";
import type { Fill, MemoryFigures } from "./memory-child.js";

const CHUNK_SIZE = 1_999_994_880;
const BLOCK_SIZE: number = 32 * KIB;

/** What Node 20 takes for itself with these modules loaded, as docs/benchmarks/memory.md has it (peak less growth). */
const IDLE_SIZE: number = 57 * MIB;
const PLANNED: number = Math.max(
  ...(["backup", "restore"] as const).map(
    (operation) =>
      planMemory({ operation, codec: zlibCodec(), blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE }).plan.total,
  ),
);
/**
 * What is promised for a whole process, with four objects at once: what it is made of must not add up to more. 165 to
 * 177 MiB were measured, of volumes of more than four objects.
 */
const PROMISED_MAX: number = 192 * MIB;
/** A volume of twice the size may cost this much more: eight MiB were seen, of the heaps of threads. */
const GROWTH_MAX: number = 16 * MIB;
/**
 * V8 lets its young generation grow with the time that a process runs, to three times 16 MiB; a small volume is done
 * before. From the start at its full size it is the same in every run, and what differs is the volume's doing.
 */
const FULL_YOUNG_GENERATION = "--min-semi-space-size=16";
/** The reference system's documented need: three buffers of a whole object. */
const REFERENCE: number = 3 * CHUNK_SIZE;

const CHILD: string = fileURLToPath(new URL("memory-child.js", import.meta.url));

async function measure(
  t: ExecutionContext,
  { size, fill, flags = [] }: { size: number; fill: Fill; flags?: readonly string[] },
): Promise<MemoryFigures> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-memory-"));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      CHILD,
      directory,
      String(size),
      fill,
    ]);
    const figures = JSON.parse(stdout) as MemoryFigures;
    const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;
    t.log(
      `${(size / GIB).toFixed(2)} GiB of ${fill}: idle ${mib(figures.idle)}, peak of backup ${mib(figures.backup)}, ` +
        `of both ${mib(figures.restore)}; planned ${mib(figures.planned.backup)} and ${mib(figures.planned.restore)}, ` +
        `bound ${mib(PROMISED_MAX)}, reference ${mib(REFERENCE)}; ` +
        `${figures.backupSeconds.toFixed(1)} s and ${figures.restoreSeconds.toFixed(1)} s, stored ${mib(figures.storedSize)}`,
    );
    return figures;
  } finally {
    await rm(directory, { recursive: true });
  }
}

function assertPromised(t: ExecutionContext, figures: MemoryFigures): void {
  for (const operation of ["backup", "restore"] as const)
    t.true(figures[operation] <= PROMISED_MAX, `${operation} peaked at ${figures[operation] / MIB} MiB`);
}

test.serial("the bound is what is planned, and Node", (t) => {
  t.true(PLANNED + IDLE_SIZE <= PROMISED_MAX, `${(PLANNED + IDLE_SIZE) / MIB} MiB`);
});

test.serial("sparse volumes of 8 and of 16 GiB take the same memory", async (t) => {
  t.timeout(900_000);
  // Both of more objects than are open at once: smaller volumes take less.
  const sparse = { fill: "sparse", flags: [FULL_YOUNG_GENERATION] } as const;
  const eight = await measure(t, { size: 8 * GIB, ...sparse });
  const sixteen = await measure(t, { size: 16 * GIB, ...sparse });
  for (const figures of [eight, sixteen]) {
    assertPromised(t, figures);
    t.true(figures.writtenSize >= 3 * MIB && figures.writtenSize <= 5 * MIB, "the windows that hold data");
  }
  for (const operation of ["backup", "restore"] as const) {
    const growth = sixteen[operation] - eight[operation];
    t.true(growth <= GROWTH_MAX, `${operation} grew by ${growth / MIB} MiB`);
  }
});

for (const [fill, compression] of [
  ["noise", "none"],
  ["prose", "zlib"],
] as const) {
  test.serial(`one object of 1.86 GiB of ${fill} takes no more than a small one`, async (t) => {
    t.timeout(600_000);
    const figures = await measure(t, { size: CHUNK_SIZE, fill });
    t.deepEqual(figures.compressions, [compression]);
    t.is(figures.writtenSize, CHUNK_SIZE);
    assertPromised(t, figures);
  });
}
