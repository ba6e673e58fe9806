/**
 * The options, by the reference system's names. Each may be given as `--option NAME=VALUE`, as the environment
 * variable `ASHLAR_<NAME>`, and in a configuration file.
 */
import type { CodecId } from "../../codecs/codec.js";
import { codecIdOf } from "../../codecs/labels.js";
import { type CodecWithLevels, LEVELS } from "../../codecs/levels.js";
import { UsageError } from "../../errors.js";
import { DEFAULT_CONCURRENT_OBJECTS, DEFAULT_MAX_OPERATIONS } from "../../pipeline/memory.js";
import { DEFAULT_AVAILABILITY_ZONE, DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE } from "../../service/settings.js";
import { GIB, KIB, MIB } from "../../units.js";

/** A value that somebody gave, and where, for messages: `--option`, `ASHLAR_BACKUP_FILE_SIZE`, `ashlar.conf`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
}

export interface Option<T> {
  readonly default: T;
  readonly help: string;
  /** @throws UsageError saying what is wanted; its caller says which option and where the value came from */
  parse(text: string): T;
}

export interface Options {
  readonly backup_driver: Option<string>;
  readonly backup_posix_path: Option<string | undefined>;
  readonly backup_container: Option<string | undefined>;
  readonly backup_compression_algorithm: Option<CodecId>;
  readonly backup_zlib_level: Option<number>;
  readonly backup_bz2_level: Option<number>;
  readonly backup_zstd_level: Option<number>;
  readonly backup_file_size: Option<number>;
  readonly backup_sha_block_size_bytes: Option<number>;
  readonly backup_concurrent_objects: Option<number>;
  readonly backup_max_memory: Option<number | undefined>;
  readonly backup_max_operations: Option<number>;
  readonly storage_availability_zone: Option<string>;
}

export type OptionName = keyof Options;

const POSIX_DRIVER = "cinder.backup.drivers.posix.PosixBackupDriver";
/** What older configurations call the driver by its module and short users by one word. */
const POSIX_DRIVERS: readonly string[] = [POSIX_DRIVER, "cinder.backup.drivers.posix", "posix"];

export const OPTIONS: Options = {
  backup_driver: {
    default: POSIX_DRIVER,
    help: "kind of the repository: posix",
    parse: parseDriver,
  },
  backup_posix_path: {
    default: undefined,
    help: "directory of the repository, where no repository is named by its URL",
    parse: (text) => text,
  },
  backup_container: {
    default: undefined,
    help: "container for backups that name none; else every backup gets its own",
    parse: (text) => text,
  },
  backup_compression_algorithm: {
    default: "zlib",
    help: "zlib (or gzip), bz2 (or bzip2), zstd, none (or off, no)",
    parse: parseCompression,
  },
  backup_zlib_level: levelOption("zlib", "from 1 (fast) to 9 (small)"),
  backup_bz2_level: levelOption("bz2", "from 1 to 9: blocks of that many times 100 kB"),
  backup_zstd_level: levelOption("zstd", "from 1 (fast) to 22 (small, slow and much memory)"),
  backup_file_size: {
    default: DEFAULT_FILE_SIZE,
    help: "most plain bytes in one object; a multiple of the block size",
    parse: parseBytes,
  },
  backup_sha_block_size_bytes: {
    default: DEFAULT_BLOCK_SIZE,
    help: "unit in which changes are noticed",
    parse: parseBytes,
  },
  backup_concurrent_objects: {
    default: DEFAULT_CONCURRENT_OBJECTS,
    help: "objects that one operation stores, or loads, at once; more for a slow repository",
    parse: parseConcurrency,
  },
  backup_max_memory: {
    default: undefined,
    help: "what operations at once may take by their plans, as 512M or 2G too; they wait, or fail if they never fit",
    parse: parseSize,
  },
  backup_max_operations: {
    default: DEFAULT_MAX_OPERATIONS,
    help: "operations at once for which memory is planned",
    parse: parseOperations,
  },
  storage_availability_zone: {
    default: DEFAULT_AVAILABILITY_ZONE,
    help: "recorded in backups",
    parse: (text) => text,
  },
};

export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS) as OptionName[];

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function parseDriver(text: string): string {
  if (POSIX_DRIVERS.includes(text)) return POSIX_DRIVER;
  throw new UsageError(`this build has only posix; want one of ${POSIX_DRIVERS.join(", ")}`);
}

function parseCompression(text: string): CodecId {
  const id = codecIdOf(text);
  if (id !== undefined) return id;
  throw new UsageError("want zlib or gzip, bz2 or bzip2, zstd, none, off or no");
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: KIB, M: MIB, G: GIB };

function levelOption(id: CodecWithLevels, help: string): Option<number> {
  const { highest, usual } = LEVELS[id];
  return {
    default: usual,
    help,
    parse(text) {
      const level = Number(text);
      if (/^[0-9]+$/.test(text) && level >= 1 && level <= highest) return level;
      throw new UsageError(`want a whole number from 1 to ${highest}`);
    },
  };
}

function parseSize(text: string): number {
  const [, digits = "", unit = ""] = /^([0-9]+)([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * UNITS[unit.toUpperCase()]!;
  if (digits !== "" && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError("want a whole number above 0, of bytes or with K, M or G behind it");
}

/** Each takes a few windows of a MiB, so that more than this was mistyped. */
const CONCURRENCY_MAX = 256;

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= CONCURRENCY_MAX) return count;
  throw new UsageError(`want a whole number from 1 to ${CONCURRENCY_MAX}, in digits`);
}

function parseOperations(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new UsageError("want a whole number, in digits");
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError("want a whole number of bytes above 0, in digits");
}
