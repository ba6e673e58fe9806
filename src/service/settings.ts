/** The service's settings. The defaults are the reference system's. */
import type { CatalogLocation } from "../catalog/location.js";
import type { QuotaLimits } from "../catalog/quotas.js";
import type { CodecId } from "../codecs/codec.js";
import type { CodecLevels } from "../codecs/levels.js";
import type { HistorySigner } from "../history/keys.js";
import type { Secret } from "../options/secret.js";
import type { RetentionMode } from "../sinks/common-options.js";

/** A broker and the form of messages to it, by oslo.messaging's conventions. */
export interface NotificationBus {
  /** `notification_transport_url`, else `transport_url`. Contains a password. */
  readonly transportUrl: Secret;
  /** `notification_topics`; the routing key is one of them, a dot and the priority. @default {["notifications"]} */
  readonly topics: readonly string[];
  /** `control_exchange`. @default {"cinder"} */
  readonly exchange: string;
  /** Whether messages use the envelope of version 2, as with `messagingv2`. */
  readonly isEnveloped: boolean;
}

/** The lock of new backups. Mode `hold` needs no duration; the others lock nothing without one. */
export interface RetentionSettings {
  readonly mode: RetentionMode;
  readonly durationMs?: number | undefined;
}

/** The signed history of the repository. */
export interface HistorySettings {
  /** Public keys whose entries are accepted: 64 hexadecimal digits each. */
  readonly keys: readonly string[];
  /** Opens the private key that signs new entries. @default {none: the repository is read only} */
  readonly signer?: (() => Promise<HistorySigner>) | undefined;
}

/** Settings that hold unless a request overrides them. */
export interface Settings {
  /** Directory of the catalog and of the volumes that restores create. */
  readonly stateDirectory: string;
  /** The database of the catalog. @default {a file of SQLite in the state directory} */
  readonly catalog?: CatalogLocation | undefined;
  /** `host`: name of this host, whose paths volumes have in a catalog that hosts share. @default {the system's} */
  readonly hostName?: string | undefined;
  /** URL of the repository for new backups. */
  readonly repository: string;
  /** `backup_compression_algorithm`. @default {"zlib"} */
  readonly compression: CodecId;
  /** `backup_zlib_level`, `backup_bz2_level`, `backup_zstd_level`. @default {6, 9 and 3, as the reference system} */
  readonly levels?: CodecLevels | undefined;
  /** `backup_file_size`, bytes: upper bound of an object's plain bytes. @default {1999994880} */
  readonly fileSize: number;
  /** `backup_sha_block_size_bytes`. @default {32768} */
  readonly blockSize: number;
  /** `backup_retention` and `backup_retention_mode`: the lock of new backups. @default {none} */
  readonly retention?: RetentionSettings | undefined;
  /** `history_key` and `history_identity`: the signed history of the repository. @default {none} */
  readonly history?: HistorySettings | undefined;
  /** `backup_container`, for requests that name none; if left out, one container per backup. */
  readonly container?: string | undefined;
  /** `storage_availability_zone`. @default {"nova"} */
  readonly availabilityZone: string;
  /**
   * `backup_use_temp_snapshot`: whether a volume that is in use is read from a temporary snapshot.
   * @default {false}
   */
  readonly useTempSnapshot?: boolean | undefined;
  /**
   * `backup_enable_progress_timer` and other drivers' like it: whether progress is sent at intervals. @default {true}
   */
  readonly progressTimer?: boolean | undefined;
  /** `backup_timer_interval`: seconds between two events of progress. @default {120} */
  readonly timerInterval?: number | undefined;
  /** `backup_object_number_per_notification`: objects between two events of progress. @default {10} */
  readonly objectsPerNotification?: number | undefined;
  /** `backup_notification_log`: path of a file that gets events as lines of JSON; `-` for standard error. */
  readonly notificationLog?: string | undefined;
  /** `backup_notification_webhook`: URL to which events are posted. */
  readonly notificationWebhook?: string | undefined;
  /** `notification_driver` and related options: a message broker to which events are sent. */
  readonly notificationBus?: NotificationBus | undefined;
  /** `backup_concurrent_objects`: objects that one operation stores, or loads, at once. @default {4} */
  readonly concurrentObjects?: number | undefined;
  /** `backup_coalesce_gap`, bytes: unchanged data that is stored again if that saves an object. @default {65536} */
  readonly coalesceGap?: number | undefined;
  /** `backup_check_encoded`: what was compressed is decompressed and compared before it is stored. @default {false} */
  readonly checkEncoded?: boolean | undefined;
  /** `backup_hint_sample`: blocks that are checked before hints about what changed are used. @default {4603} */
  readonly hintSample?: number | undefined;
  /** `backup_full_read_interval`: every such backup of a chain reads everything in spite of hints; 0 for none. @default {10} */
  readonly fullReadInterval?: number | undefined;
  /** `backup_max_operations`: concurrent backups, restores and consolidations; 0 for no limit. @default {15} */
  readonly maxOperations?: number | undefined;
  /** `backup_workers`: processes that run the operations of the API; 1 is its own process, 0 for others. @default {1} */
  readonly workers?: number | undefined;
  /** Directories of files and devices that the API may take as volumes. @default {none} */
  readonly volumeRoots?: readonly string[] | undefined;
  /** `quota_backups` and related options; the catalog's rows override them. @default {the reference system's} */
  readonly quotas?: QuotaLimits | undefined;
  /** `backup_max_memory`: limit on the planned memory of all concurrent operations, bytes. @default {no limit} */
  readonly maxMemory?: number | undefined;
}
