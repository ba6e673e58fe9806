/**
 * The options that do not depend on the kind of repository, by the reference system's names; `sinks/` has the others.
 * Each may be given as `--option NAME=VALUE`, as the environment variable `ASHLAR_<NAME>`, and in a configuration file.
 */
import { type CatalogLocation, catalogLocation } from "../catalog/location.js";
import type { CodecId } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import { type CodecWithLevels, LEVELS } from "../codecs/levels.js";
import { UsageError } from "../errors.js";
import { DEFAULT_AVAILABILITY_ZONE } from "../format/names.js";
import { type Option, type OptionTable, optionsIn } from "../options/option.js";
import { count, flag, parseSize, text, textOr, url } from "../options/values.js";
import { COALESCE_GAP_MAX, DEFAULT_COALESCE_GAP } from "../pipeline/memory/geometry.js";
import { DEFAULT_CONCURRENT_OBJECTS, DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
import { HINT_SAMPLE_USUAL } from "../pipeline/prove-hints.js";
import { DEFAULT_FULL_READ_INTERVAL } from "../service/backups/hints.js";
import type { AnySinkDefinition } from "../sinks/definition.js";
import { posix } from "../sinks/posix/definition.js";
import { SINKS, STORE_OPTIONS, sinkNamed } from "../sinks/registry.js";
import { MIB } from "../units.js";
import { ENCRYPTION_OPTIONS, type EncryptionOptions } from "./encryption.js";
import { HISTORY_OPTIONS, type HistoryOptions } from "./history.js";
import { NOTIFICATION_OPTIONS, type NotificationOptions } from "./notification.js";

export interface ServiceOptions extends NotificationOptions, EncryptionOptions, HistoryOptions {
  readonly backup_driver: AnySinkDefinition;
  readonly backup_compression_algorithm: CodecId;
  readonly backup_zlib_level: number;
  readonly backup_bz2_level: number;
  readonly backup_zstd_level: number;
  readonly backup_use_temp_snapshot: boolean;
  readonly backup_timer_interval: number;
  readonly backup_object_number_per_notification: number;
  readonly backup_notification_log: string | undefined;
  readonly backup_notification_webhook: string | undefined;
  readonly backup_concurrent_objects: number;
  readonly backup_coalesce_gap: number;
  readonly backup_check_encoded: boolean;
  readonly backup_hint_sample: number;
  readonly backup_full_read_interval: number;
  readonly backup_max_memory: number | undefined;
  readonly backup_max_operations: number;
  readonly backup_workers: number;
  readonly storage_availability_zone: string;
  readonly catalog: CatalogLocation | undefined;
  readonly host: string | undefined;
}

export const SERVICE_OPTIONS: OptionTable<ServiceOptions> = {
  backup_driver: {
    default: posix,
    defaultText: posix.service,
    help: `kind of store: ${SINKS.map(({ name }) => name).join(", ")}`,
    parse: sinkNamed,
  },
  backup_compression_algorithm: {
    default: "zlib",
    help: "zlib (or gzip), bz2 (or bzip2), zstd, none (or off, no)",
    parse: parseCompression,
  },
  backup_zlib_level: levelOption("zlib", "from 1 (fast) to 9 (small)"),
  backup_bz2_level: levelOption("bz2", "from 1 to 9: blocks of that many times 100 kB"),
  backup_zstd_level: levelOption("zstd", "from 1 (fast) to 22 (small, slow and much memory)"),
  backup_use_temp_snapshot: flag({
    default: false,
    help: "read a volume that is in use from a snapshot that exists for the backup only",
  }),
  backup_timer_interval: count({ default: 120, help: "seconds between two progress events" }),
  backup_object_number_per_notification: count({
    default: 10,
    help: "objects between two progress events",
  }),
  backup_notification_log: text("file that events are appended to as lines of JSON; - for standard error"),
  backup_notification_webhook: url("URL that events are posted to as JSON"),
  ...NOTIFICATION_OPTIONS,
  backup_concurrent_objects: {
    default: DEFAULT_CONCURRENT_OBJECTS,
    help: "objects that one operation stores, or loads, at once; raise it for a store with high latency",
    parse: parseConcurrency,
  },
  backup_coalesce_gap: {
    default: DEFAULT_COALESCE_GAP,
    help: "merge changes separated by at most this much unchanged data into one object, e.g. 64K; 0 disables",
    parse: parseGap,
  },
  backup_check_encoded: flag({
    default: false,
    help: "decompress what was compressed, and compare it with what was read, before it is stored",
  }),
  backup_hint_sample: count({
    default: HINT_SAMPLE_USUAL,
    help: "blocks that are read to check hints about what changed, and statements about holes; the default detects hints that are wrong in 0.1 % of the blocks in 99 of 100 cases",
  }),
  backup_full_read_interval: count({
    default: DEFAULT_FULL_READ_INTERVAL,
    help: "one of so many backups of a chain reads the whole volume in spite of hints; 0 for none",
  }),
  backup_max_memory: {
    default: undefined,
    help: "limit on the planned memory of all concurrent operations in all processes, e.g. 512M or 2G; operations wait, or fail if they can never fit",
    parse: (given) => parseSize(given),
  },
  backup_max_operations: count({
    default: DEFAULT_MAX_OPERATIONS,
    help: "limit on concurrent backups and restores in all processes that share the catalog; the others wait; 0 for no limit",
  }),
  backup_workers: count({
    default: 1,
    help: "processes that run the backups and restores of `ashlar serve`; 1 is the server itself, 0 leaves them to `ashlar worker run`",
  }),
  ...ENCRYPTION_OPTIONS,
  ...HISTORY_OPTIONS,
  storage_availability_zone: textOr(DEFAULT_AVAILABILITY_ZONE, "availability zone recorded in backups"),
  catalog: {
    default: undefined,
    help: "as --catalog; here with a password too (not accepted by --option)",
    isSecret: true,
    parse: catalogLocation,
  },
  host: {
    default: undefined,
    help: "name of this host in a catalog of several; hosts that see the same paths may share one (default: the system's)",
    parse: parseHost,
  },
};

const ALL: Readonly<Record<string, Option<unknown>>> = {
  ...STORE_OPTIONS,
  ...Object.fromEntries(optionsIn(SERVICE_OPTIONS)),
};

/** Names of the options of the service and of every store. */
export const OPTION_NAMES: readonly string[] = Object.keys(ALL);

export function optionNamed(name: string): Option<unknown> | undefined {
  return Object.hasOwn(ALL, name) ? ALL[name] : undefined;
}

export function isSecret(name: string): boolean {
  return optionNamed(name)?.isSecret === true;
}

function parseCompression(text: string): CodecId {
  const id = codecIdOf(text);
  if (id !== undefined) return id;
  throw new UsageError("want zlib or gzip, bz2 or bzip2, zstd, none, off or no");
}

function parseHost(text: string): string {
  if (/^[^/:\s]+$/.test(text)) return text;
  throw new UsageError("want a name without slash, colon and space");
}

/** Each concurrent object takes a few windows of a MiB, so a larger number is a typing mistake. */
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
