/**
 * The main job on a real volume, with nothing but a directory: back it up, change it, back up the changes, verify,
 * restore both points, and hold the restored bytes against the originals.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { zlibCodec } from "../src/codecs/zlib/index.js";
import { planMemory, startProgress } from "../src/index.js";
import { openNodeService } from "../src/node/index.js";
import type { Service } from "../src/service/index.js";
import { makeVolumeImage } from "./volume-image.js";

const MIB = 1024 * 1024;
const FILE_SIZE = 50 * MIB;
const BLOCK_SIZE = 32 * 1024;

interface Step {
  readonly step: string;
  readonly volume: string;
  readonly stored: string;
  readonly ratio: string;
  readonly objects: string;
  readonly digests: string;
  readonly seconds: string;
  readonly "MB/s": string;
}

const directory = await mkdtemp(join(tmpdir(), "ashlar-quickstart-"));
try {
  await run(directory);
} finally {
  await rm(directory, { recursive: true });
}

async function run(directory: string): Promise<void> {
  const image = await makeVolumeImage(directory);
  const service = await openNodeService({
    stateDirectory: join(directory, "state"),
    repository: pathToFileURL(join(directory, "repository")).href,
    compression: "zlib",
    fileSize: FILE_SIZE,
    blockSize: BLOCK_SIZE,
    availabilityZone: "nova",
  });
  try {
    console.log(`Volume: ${image.description}\n`);
    const { steps, proofs } = await backUpAndRestore(service, directory, image.path);
    printTable(steps);
    printMemory();
    console.log(`\n${proofs.join("\n")}`);
  } finally {
    await service.close();
  }
}

async function backUpAndRestore(
  service: Service,
  directory: string,
  path: string,
): Promise<{ steps: Step[]; proofs: string[] }> {
  const steps: Step[] = [];
  const proofs: string[] = [];
  await service.createVolume({ name: "quickstart", source: path });
  for (const name of ["full", "changes"]) {
    if (name === "changes") await changeOnePercent(path);
    const digest = await sha256(path);
    const incremental = name === "changes";
    steps.push(await measureBackup(service, name, incremental));
    steps.push(await measureVerify(service, name));
    const restored = join(directory, `${name}.raw`);
    steps.push(await measureRestore(service, name, restored));
    if ((await sha256(restored)) !== digest)
      throw new Error(`The volume restored from "${name}" is not the original`);
    proofs.push(`Restored from "${name}": identical, SHA-256 ${digest}`);
  }
  return { steps, proofs };
}

async function measureBackup(service: Service, name: string, incremental: boolean): Promise<Step> {
  const progress = startProgress();
  const start = performance.now();
  const { backup } = await service.createBackup({ volume: "quickstart", name, incremental, progress });
  const kind = incremental ? "back up the changes" : "back up";
  const stored = backup.storedSize ?? 0;
  return describe(`${kind} ("${name}")`, start, { progress, stored, objects: backup.objectCount });
}

async function measureVerify(service: Service, name: string): Promise<Step> {
  const progress = startProgress();
  const start = performance.now();
  await service.verifyBackup({ backup: name, progress });
  return describe(`verify "${name}"`, start, { progress, objects: progress.objectCount });
}

async function measureRestore(service: Service, name: string, path: string): Promise<Step> {
  const progress = startProgress();
  const start = performance.now();
  await service.restoreBackup({ backup: name, volume: path, progress });
  return describe(`restore "${name}"`, start, { progress, objects: progress.objectCount });
}

interface Measured {
  readonly progress: ReturnType<typeof startProgress>;
  readonly stored?: number;
  readonly objects: number;
}

function describe(step: string, start: number, { progress, stored, objects }: Measured): Step {
  const seconds = (performance.now() - start) / 1000;
  return {
    step,
    volume: mebibytes(progress.bytesTotal),
    stored: stored === undefined ? "" : mebibytes(stored),
    ratio: stored === undefined ? "" : (progress.bytesTotal / stored).toFixed(1),
    objects: String(objects),
    digests: progress.digestCount.toLocaleString("en"),
    seconds: seconds.toFixed(2),
    "MB/s": (progress.bytesTotal / 1e6 / seconds).toFixed(0),
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function printTable(steps: readonly Step[]): void {
  const keys = Object.keys(steps[0]!) as (keyof Step)[];
  const widths = keys.map((key) => Math.max(key.length, ...steps.map((step) => step[key].length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  console.log(line(keys));
  console.log(widths.map((width) => "-".repeat(width)).join("  "));
  for (const step of steps) console.log(line(keys.map((key) => step[key])));
}

function printMemory(): void {
  const geometry = { blockSize: BLOCK_SIZE, chunkSize: FILE_SIZE };
  const backup = planMemory({ ...geometry, operation: "backup", codec: zlibCodec() }).plan;
  const restore = planMemory({ ...geometry, operation: "restore", codec: zlibCodec() }).plan;
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    `\nMemory planned beside the runtime: ${mebibytes(backup.total)} to back up, ${mebibytes(restore.total)} to restore`,
  );
  console.log(
    `Peak of this whole process: ${mebibytes(peak)}; the volume's and the objects' size do not change it`,
  );
}

/** Overwrites one percent in 64 KiB pieces, every third one with zeros. */
async function changeOnePercent(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size } = await handle.stat();
    const pieceSize = 64 * 1024;
    const count = Math.floor(size / 100 / pieceSize);
    for (let i = 0; i < count; i++) {
      const position = Math.floor((i * size) / count / 4096) * 4096;
      await handle.write(
        i % 3 === 0 ? new Uint8Array(pieceSize) : randomBytes(pieceSize),
        0,
        pieceSize,
        position,
      );
    }
  } finally {
    await handle.close();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: MIB })) hash.update(piece as Buffer);
  return hash.digest("hex");
}
