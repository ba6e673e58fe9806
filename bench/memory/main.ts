/**
 * The question: how much memory do backups and restores take, against what was planned for them, what the reference
 * guide expects, and what real Cinder takes for the same volume; and does it grow with the volume?
 *
 * Two sizes of object, because they are the reference system's defaults for object stores and for file systems, and one
 * operation or four at once. Every row is a process of its own, because a process never gives its peak back.
 *
 * `node build/bench/memory/main.js [--quick] [--out DIRECTORY]` writes memory.md, memory.json and plots; `--quick` takes
 * less data and fewer rows. Exits with 1 when a process grew by more than its plan.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { CodecId } from "../../src/codecs/codec.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { planMemory } from "../../src/pipeline/memory/plan.js";
import { GIB, KIB, MIB } from "../../src/units.js";
import { type CinderFigures, cinderVersion, runCinder } from "./cinder-process.js";
import { type GrowthRow, type MemoryReport, type MemoryRow, plots, printReport } from "./report.js";
import type { RowFigures, RowSpec } from "./row.js";
import { makeVolume } from "./volumes.js";

const BLOCK_SIZE: number = 32 * KIB;
const VOLUME_ID = "11111111-2222-4333-8444-555555555555";

interface Shape {
  readonly chunkSize: number;
  readonly volumeSize: number;
}

interface Effort {
  readonly shapes: readonly Shape[];
  /** Bytes of files in a volume. */
  readonly dataSize: number;
  readonly concurrent: readonly number[];
  /** Codecs with which real Cinder runs; all where left out. */
  readonly cinderCodecs: readonly CodecId[] | undefined;
  /** Volume sizes, GiB. */
  readonly growth: readonly number[];
}

const LARGE: Shape = { chunkSize: 1_999_994_880, volumeSize: 2 * GIB };
const FULL: Effort = {
  shapes: [{ chunkSize: 50 * MIB, volumeSize: GIB }, LARGE],
  dataSize: 256 * MIB,
  concurrent: [1, 4],
  cinderCodecs: undefined,
  growth: [1, 4, 16, 64],
};
const QUICK: Effort = {
  shapes: [{ chunkSize: 50 * MIB, volumeSize: 256 * MIB }, LARGE],
  dataSize: 48 * MIB,
  concurrent: [1, 4],
  cinderCodecs: ["zlib"],
  growth: [1, 4],
};

const ROW: string = fileURLToPath(new URL("./row.js", import.meta.url));

async function runRow(spec: RowSpec): Promise<RowFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [ROW, JSON.stringify(spec)]);
  return JSON.parse(stdout) as RowFigures;
}

class Bench {
  readonly #scratch: string;
  readonly #effort: Effort;
  readonly #codecs: readonly CodecId[];
  readonly #cinder: string | undefined;

  constructor(
    scratch: string,
    options: {
      readonly effort: Effort;
      readonly codecs: readonly CodecId[];
      readonly cinder: string | undefined;
    },
  ) {
    this.#scratch = scratch;
    this.#effort = options.effort;
    this.#codecs = options.codecs;
    this.#cinder = options.cinder;
  }

  async rows(): Promise<MemoryRow[]> {
    const rows: MemoryRow[] = [];
    for (const [index, { chunkSize, volumeSize }] of this.#effort.shapes.entries()) {
      const volume = join(this.#scratch, `volume-${index}`);
      await makeVolume(volume, volumeSize, this.#effort.dataSize);
      for (const codec of this.#codecs) rows.push(...(await this.#rowsOf({ codec, chunkSize, volume })));
      await rm(volume);
    }
    return rows;
  }

  async #rowsOf(subject: Pick<RowSpec, "codec" | "chunkSize" | "volume">): Promise<MemoryRow[]> {
    const cinder = await this.#cinderOf(subject);
    const rows: MemoryRow[] = [];
    for (const concurrent of this.#effort.concurrent) {
      const directory = await mkdtemp(join(this.#scratch, "row-"));
      for (const operation of ["backup", "restore"] as const) {
        const { codec, chunkSize } = subject;
        const figures = await runRow({ ...subject, operation, blockSize: BLOCK_SIZE, concurrent, directory });
        const model = planMemory({ operation, blockSize: BLOCK_SIZE, chunkSize, maxOperations: concurrent });
        const measured = concurrent === 1 ? cinder?.[operation] : undefined;
        rows.push({
          operation,
          codec,
          chunkSize,
          concurrent,
          ...figures,
          model: model.modelOfAll,
          cinder: measured,
        });
        tell(rows.at(-1)!);
      }
      await rm(directory, { recursive: true });
    }
    return rows;
  }

  /** `undefined` where there is no Cinder, or none that has the codec. */
  async #cinderOf({
    codec,
    chunkSize,
    volume,
  }: Pick<RowSpec, "codec" | "chunkSize" | "volume">): Promise<
    Record<"backup" | "restore", CinderFigures> | undefined
  > {
    const { cinderCodecs } = this.#effort;
    if (this.#cinder === undefined || (cinderCodecs !== undefined && !cinderCodecs.includes(codec)))
      return undefined;
    const directory = await mkdtemp(join(this.#scratch, "cinder-"));
    const [state, repository] = [join(directory, "state"), join(directory, "repository")];
    const id = "cccccccc-0000-4000-8000-000000000001";
    try {
      await mkdir(repository);
      const sizes = { block_size: BLOCK_SIZE, file_size: chunkSize, compression: codec };
      const stored = { op: "backup", repository, volume_file: volume, volume_id: VOLUME_ID, id };
      const backup = await runCinder(state, { ...stored, ...sizes });
      const target = join(directory, "target");
      const size = chunkSize === LARGE.chunkSize ? LARGE.volumeSize : this.#effort.shapes[0]!.volumeSize;
      const restore = await runCinder(state, { op: "restore", repository, id, target, new_size: size });
      return { backup, restore };
    } catch (error) {
      console.error(`${codec}: ${(error as Error).message}`);
      return undefined;
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  /** zlib, on volumes that are empty but for a little at both ends. */
  async growth(): Promise<GrowthRow[]> {
    const rows: GrowthRow[] = [];
    for (const sizeGib of this.#effort.growth) {
      const volume = join(this.#scratch, "growing");
      await makeVolume(volume, sizeGib * GIB, 32 * MIB);
      const directory = await mkdtemp(join(this.#scratch, "growth-"));
      for (const operation of ["backup", "incremental", "restore"] as const) {
        const subject = { codec: "zlib", chunkSize: LARGE.chunkSize, volume } as const;
        const figures = await runRow({
          ...subject,
          operation,
          blockSize: BLOCK_SIZE,
          concurrent: 1,
          directory,
        });
        rows.push({ operation, sizeGib, ...figures });
        console.error(
          `${sizeGib} GiB ${operation}: ${inMib(figures.peak - figures.idle)}, ${figures.seconds.toFixed(0)} s`,
        );
      }
      await rm(directory, { recursive: true });
      await rm(volume);
    }
    return rows;
  }
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}

function tell({
  operation,
  codec,
  chunkSize,
  concurrent,
  planned,
  peak,
  idle,
  seconds,
  ...rest
}: MemoryRow): void {
  const { accounted, accountedPeak, cinder } = rest;
  const own = `grew ${inMib(peak - idle)} of ${inMib(planned)}, accounted ${inMib(accountedPeak)} of ${inMib(accounted)}`;
  const theirs = cinder === undefined ? "" : `; Cinder grew ${inMib(cinder.peak - cinder.idle)}`;
  console.error(
    `${concurrent} × ${operation} ${codec} ${inMib(chunkSize)}: ${own}, ${seconds.toFixed(0)} s${theirs}`,
  );
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({ options: { quick: { type: "boolean" }, out: { type: "string" } } });
  const effort = flags.quick ? QUICK : FULL;
  const out = flags.out ?? fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url));
  const scratch = await mkdtemp(join(tmpdir(), "ashlar-bench-memory-"));
  try {
    const codecs: CodecId[] = ["none", ...(await nodeRuntime()).codecs.keys()];
    const cinder = await cinderVersion();
    const bench = new Bench(scratch, { effort, codecs, cinder });
    const report: MemoryReport = {
      command: flags.quick ? "npm run bench:memory -- --quick" : "npm run bench:memory",
      version: await ownVersion(),
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memory: totalmem(),
      node: process.version,
      cinder,
      dataSize: effort.dataSize,
      volumes: effort.shapes,
      rows: await bench.rows(),
      growth: await bench.growth(),
    };
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "memory.json"), `${JSON.stringify(report, undefined, 2)}\n`);
    await writeFile(join(out, "memory.md"), printReport(report));
    for (const { name, svg } of plots(report)) await writeFile(join(out, name), svg);
    if (report.rows.some(({ peak, idle, planned }) => peak - idle > planned)) process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

await main();
