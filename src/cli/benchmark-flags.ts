/** The flags of `ashlar benchmark`, as the settings that it compares and the volume that it measures them on. */
import type { VolumeShape } from "../benchmark/synthetic-volume.js";
import { type BenchmarkOperation, OPERATIONS, type TrialSettings, trialText } from "../benchmark/trial.js";
import type { CodecId } from "../codecs/codec.js";
import { type CodecWithLevels, LEVELS, levelOf } from "../codecs/levels.js";
import { UsageError } from "../errors.js";
import { parseSize } from "../options/values.js";
import { checkGeometry } from "../pipeline/memory/geometry.js";
import { DEFAULT_CONCURRENT_OBJECTS } from "../pipeline/memory/plan.js";
import type { Settings } from "../service/settings.js";
import { isVolumeUrl } from "../sources/open.js";
import type { Invocation } from "./invocation.js";
import { type OutputFlags, parseChoice, parseCount } from "./verbs/flags.js";

export interface BenchmarkFlags extends OutputFlags {
  readonly size?: string;
  readonly zeroShare?: string;
  readonly textShare?: string;
  readonly changeShare: string;
  readonly codecs?: string;
  readonly objectSizes?: string;
  readonly concurrentObjects?: string;
  readonly operations: string;
  readonly rounds: string;
  readonly scratch?: string;
  readonly html?: string;
  readonly json?: string;
}

const SHAPE = { size: "512M", zeroShare: "0.3", textShare: "0.6" } as const;
const SEED = 1;

export function shapeOf({ size, zeroShare, textShare }: BenchmarkFlags): VolumeShape {
  return {
    size: sizeOf("--size", size ?? SHAPE.size),
    zeroShare: shareOf("--zero-share", zeroShare ?? SHAPE.zeroShare),
    textShare: shareOf("--text-share", textShare ?? SHAPE.textShare),
    seed: SEED,
  };
}

/** @throws UsageError for a flag that describes a made-up volume */
export function locationOf(location: string, flags: BenchmarkFlags, { host }: Invocation): string {
  const mistaken = (["size", "zeroShare", "textShare"] as const).find((name) => flags[name] !== undefined);
  if (mistaken !== undefined) {
    const flag = `--${mistaken.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(
      `Cannot use ${flag} with volume ${JSON.stringify(location)}: it describes a made-up volume`,
    );
  }
  return isVolumeUrl(location) ? location : host.resolvePath(location);
}

export function volumeText(volume: string | VolumeShape): string {
  if (typeof volume === "string") return volume;
  const { size, zeroShare, textShare } = volume;
  return `made up: ${size / 1024 ** 2} MiB, ${zeroShare * 100}% zeros, ${textShare * 100}% of the rest text`;
}

export function usualOf(settings: Settings): TrialSettings {
  const {
    compression,
    levels,
    fileSize: objectSize,
    concurrentObjects = DEFAULT_CONCURRENT_OBJECTS,
  } = settings;
  const level = compression === "none" ? undefined : levelOf(compression, levels?.[compression]);
  return { compression, level, objectSize, concurrentObjects };
}

/** All combinations, and the configured settings, with which they are compared. */
export function trialsOf(flags: BenchmarkFlags, settings: Settings, usual: TrialSettings): TrialSettings[] {
  const codecs = flags.codecs === undefined ? DEFAULT_CODECS : listOf(flags.codecs).map(codecOf);
  const objectSizes =
    flags.objectSizes === undefined
      ? [usual.objectSize]
      : listOf(flags.objectSizes).map((text) => sizeOf("--object-sizes", text));
  const counts =
    flags.concurrentObjects === undefined
      ? [usual.concurrentObjects]
      : listOf(flags.concurrentObjects).map((text) => countOf("--concurrent-objects", text));
  for (const chunkSize of objectSizes) checkGeometry({ blockSize: settings.blockSize, chunkSize });
  const trials = codecs.flatMap((codec) =>
    objectSizes.flatMap((objectSize) =>
      counts.map((concurrentObjects) => ({ ...codec, objectSize, concurrentObjects })),
    ),
  );
  const known = new Map([usual, ...trials].map((trial) => [trialText(trial), trial]));
  return [...known.values()];
}

type CodecAtLevel = Pick<TrialSettings, "compression" | "level">;

const DEFAULT_CODECS: readonly CodecAtLevel[] = [
  { compression: "none", level: undefined },
  { compression: "zlib", level: 1 },
  { compression: "zlib", level: LEVELS.zlib.usual },
  { compression: "zstd", level: LEVELS.zstd.usual },
];

const CODECS: readonly CodecId[] = ["none", "zlib", "bz2", "zstd"];

function codecOf(text: string): CodecAtLevel {
  const [name = "", level, ...rest] = text.split(":");
  const compression = parseChoice("--codecs", name, CODECS)!;
  if (rest.length > 0 || (compression === "none" && level !== undefined))
    throw new UsageError(
      `Cannot use --codecs "${text}": want CODEC or CODEC:LEVEL, and none without a level`,
    );
  if (compression === "none") return { compression, level: undefined };
  return { compression, level: levelIn(compression, level) };
}

function levelIn(compression: CodecWithLevels, text: string | undefined): number {
  return levelOf(compression, text === undefined ? undefined : parseCount("--codecs", text));
}

export function operationsOf({ operations }: BenchmarkFlags): BenchmarkOperation[] {
  const given = listOf(operations).map((text) => parseChoice("--operations", text, OPERATIONS)!);
  return OPERATIONS.filter((operation) => given.includes(operation));
}

function listOf(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}

export function countOf(flag: string, text: string): number {
  const count = parseCount(flag, text)!;
  if (count === 0) throw new UsageError(`Cannot use ${flag} "0": want a whole number above 0`);
  return count;
}

function sizeOf(flag: string, text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new UsageError(`Cannot use ${flag} "${text}": ${(error as Error).message}`);
  }
}

export function shareOf(flag: string, text: string): number {
  const share = Number(text);
  if (/^[0-9.]+$/.test(text) && share >= 0 && share <= 1) return share;
  throw new UsageError(`Cannot use ${flag} "${text}": want a number from 0 to 1, e.g. 0.3`);
}
