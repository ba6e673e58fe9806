/**
 * The options that do not depend on the kind of repository, by the reference system's names; `drivers/` has the others.
 * Each may be given as `--option NAME=VALUE`, as the environment
 * variable `ASHLAR_<NAME>`, and in a configuration file.
 */
import type { CodecId } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import { type CodecWithLevels, LEVELS } from "../codecs/levels.js";
import { UsageError } from "../errors.js";
import { DEFAULT_AVAILABILITY_ZONE } from "../format/names.js";
import { COALESCE_GAP_MAX, DEFAULT_COALESCE_GAP } from "../pipeline/memory/geometry.js";
import { DEFAULT_CONCURRENT_OBJECTS, DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
import type { Driver } from "../sinks/driver.js";
import { parseCount, parseFlag, parseSize } from "../sinks/option-checks.js";
import { posixDriver } from "../sinks/posix/options.js";
import { DRIVER_OPTIONS, DRIVERS, driverNamed } from "../sinks/registry.js";
import { MIB } from "../units.js";
import { NOTIFICATION_OPTIONS, type NotificationDriver } from "./notification.js";

/** A value that somebody gave, and where, for messages: `--option`, `ASHLAR_BACKUP_FILE_SIZE`, `ashlar.conf`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
}

export interface Option<T> {
  readonly default: T;
  readonly help: string;
  /** A secret is not taken from the command line, which others can read, and never said. */
  readonly isSecret?: boolean;
  /** @throws UsageError saying what is wanted; its caller says which option and where the value came from */
  parse(text: string): T;
}

export interface Options {
  readonly backup_driver: Option<Driver>;
  readonly backup_compression_algorithm: Option<CodecId>;
  readonly backup_zlib_level: Option<number>;
  readonly backup_bz2_level: Option<number>;
  readonly backup_zstd_level: Option<number>;
  readonly backup_create_containers: Option<boolean>;
  readonly backup_use_temp_snapshot: Option<boolean>;
  readonly backup_timer_interval: Option<number>;
  readonly backup_object_number_per_notification: Option<number>;
  readonly backup_notification_log: Option<string | undefined>;
  readonly backup_notification_webhook: Option<string | undefined>;
  readonly notification_driver: Option<NotificationDriver | undefined>;
  readonly notification_transport_url: Option<string | undefined>;
  readonly transport_url: Option<string | undefined>;
  readonly notification_topics: Option<string>;
  readonly control_exchange: Option<string>;
  readonly backup_concurrent_objects: Option<number>;
  readonly backup_coalesce_gap: Option<number>;
  readonly backup_max_memory: Option<number | undefined>;
  readonly backup_max_operations: Option<number>;
  readonly storage_availability_zone: Option<string>;
}

export type OptionName = keyof Options;

export const OPTIONS: Options = {
  backup_driver: {
    default: posixDriver,
    help: `kind of the repository: ${DRIVERS.map(({ name }) => name).join(", ")} (default: ${posixDriver.service})`,
    parse: driverNamed,
  },
  backup_compression_algorithm: {
    default: "zlib",
    help: "zlib (or gzip), bz2 (or bzip2), zstd, none (or off, no)",
    parse: parseCompression,
  },
  backup_zlib_level: levelOption("zlib", "from 1 (fast) to 9 (small)"),
  backup_bz2_level: levelOption("bz2", "from 1 to 9: blocks of that many times 100 kB"),
  backup_zstd_level: levelOption("zstd", "from 1 (fast) to 22 (small, slow and much memory)"),
  backup_create_containers: {
    default: true,
    help: "whether containers that are missing are made",
    parse: parseFlag,
  },
  backup_use_temp_snapshot: {
    default: false,
    help: "whether a volume that is in use is read from a snapshot made for the backup alone",
    parse: parseFlag,
  },
  backup_timer_interval: {
    default: 120,
    help: "seconds between two events of progress",
    parse: parseCount,
  },
  backup_object_number_per_notification: {
    default: 10,
    help: "objects between two events of progress",
    parse: parseCount,
  },
  backup_notification_log: {
    default: undefined,
    help: "file that gets events as lines of JSON; - for standard error",
    parse: (text) => text,
  },
  backup_notification_webhook: {
    default: undefined,
    help: "URL to which events are posted as JSON",
    parse: (text) => text,
  },
  ...NOTIFICATION_OPTIONS,
  backup_concurrent_objects: {
    default: DEFAULT_CONCURRENT_OBJECTS,
    help: "objects that one operation stores, or loads, at once; more for a slow repository",
    parse: parseConcurrency,
  },
  backup_coalesce_gap: {
    default: DEFAULT_COALESCE_GAP,
    help: "bytes, as 64K too: changes with no more unchanged data between them share an object; 0 for none",
    parse: parseGap,
  },
  backup_max_memory: {
    default: undefined,
    help: "what operations at once may take by their plans, of all processes, as 512M or 2G too; they wait, or fail if they never fit",
    parse: parseSize,
  },
  backup_max_operations: {
    default: DEFAULT_MAX_OPERATIONS,
    help: "backups and restores at once, of all processes that share the catalog; the others wait; 0 for no limit",
    parse: parseCount,
  },
  storage_availability_zone: {
    default: DEFAULT_AVAILABILITY_ZONE,
    help: "recorded in backups",
    parse: (text) => text,
  },
};

export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS) as OptionName[];

/** These, and every driver's. */
export const ALL_OPTION_NAMES: readonly string[] = [...OPTION_NAMES, ...Object.keys(DRIVER_OPTIONS)];

export function isSecret(name: string): boolean {
  const general = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as OptionName] : undefined;
  return (general ?? DRIVER_OPTIONS[name])?.isSecret === true;
}

export function isOptionName(name: string): boolean {
  return Object.hasOwn(OPTIONS, name) || Object.hasOwn(DRIVER_OPTIONS, name);
}

function parseCompression(text: string): CodecId {
  const id = codecIdOf(text);
  if (id !== undefined) return id;
  throw new UsageError("want zlib or gzip, bz2 or bzip2, zstd, none, off or no");
}

/** Each takes a few windows of a MiB, so that more than this was mistyped. */
const CONCURRENCY_MAX = 256;

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= CONCURRENCY_MAX) return count;
  throw new UsageError(`want a whole number from 1 to ${CONCURRENCY_MAX}, in digits`);
}

function parseGap(text: string): number {
  const bytes = parseSize(text, 0);
  if (bytes <= COALESCE_GAP_MAX) return bytes;
  throw new UsageError(`want at most ${COALESCE_GAP_MAX / MIB}M`);
}

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
