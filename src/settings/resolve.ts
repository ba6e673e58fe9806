/**
 * Resolves flags, environment, configuration file and defaults, in this order of precedence, to the settings of the
 * service. Errors are reported here, before anything is opened.
 */

import { UsageError } from "../errors.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import { OptionReader, optionsIn } from "../options/option.js";
import { Secret } from "../options/secret.js";
import { checkGeometry } from "../pipeline/memory/geometry.js";
import type { Caller } from "../service/access/caller.js";
import type { RetentionSettings, Settings } from "../service/settings.js";
import { COMMON_OPTIONS, type CommonOptions } from "../sinks/common-options.js";
import type { SinkMemory } from "../sinks/definition.js";
import { requestLine } from "../sinks/layers/request-line.js";
import { STORE_OPTIONS } from "../sinks/registry.js";
import type { RepositorySettings } from "../sinks/repositories.js";
import { resolveCaller } from "./caller.js";
import { readConfigFile } from "./config-file.js";
import {
  ENCRYPTION_OPTIONS,
  type EncryptionOptions,
  encryptedMemory,
  encryptionLayer,
} from "./encryption.js";
import { historySettings } from "./history.js";
import type { SettingsHost } from "./host.js";
import { LOCAL_OPTIONS } from "./local-options.js";
import { notificationBusOf } from "./notification.js";
import {
  environmentSource,
  first,
  flagSource,
  type OptionSource,
  strangeVariables,
} from "./option-sources.js";
import { SERVICE_OPTIONS, type ServiceOptions } from "./options.js";
import { resolveRepository } from "./repository.js";

/** The global flags that determine the settings. */
export interface SettingsFlags {
  readonly stateDir?: string | undefined;
  readonly catalog?: string | undefined;
  readonly repository?: string | undefined;
  readonly configFile?: string | undefined;
  readonly digestEngine?: string | undefined;
  /** Bytes per second, e.g. `10M`. */
  readonly limitUpload?: string | undefined;
  readonly limitDownload?: string | undefined;
  readonly project?: string | undefined;
  readonly user?: string | undefined;
  /** Separated by commas. */
  readonly roles?: string | undefined;
  /** Ids of keys, separated by commas. */
  readonly encryptionKey?: string | undefined;
  readonly identity?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly logRequests?: boolean | undefined;
  /** `NAME=VALUE` */
  readonly option?: readonly string[] | undefined;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly repositories: RepositorySettings & { readonly options: OptionReader };
  /** Memory needed by the sink of the repository for new backups. */
  readonly sinkMemory: SinkMemory;
  readonly encryption: EncryptionOptions;
  /** Path of the private key that signs the history. */
  readonly historyIdentity: string | undefined;
  readonly digestEngine: DigestEngineChoice;
  readonly caller: Caller;
  /** For the user, one sentence each. */
  readonly warnings: readonly string[];
}

/** @throws UsageError naming the option or flag, its value, its origin, and the wanted form */
export async function resolveSettings(flags: SettingsFlags, host: SettingsHost): Promise<ResolvedSettings> {
  const near = [flagSource(namedFlags(flags), flags.option), environmentSource(host.environment)];
  const file = await readConfigFile(first(near, "config_file")?.text, host);
  const sources = [...near, file];
  const options = new OptionReader((name) => first(sources, name));
  const local = new OptionReader((name) => first(near, name)).valuesOf(LOCAL_OPTIONS);
  const service = options.valuesOf(SERVICE_OPTIONS);
  const encryption = options.valuesOf(ENCRYPTION_OPTIONS);
  checkCatalogFlag(sources, service);
  const stateDirectory = host.resolvePath(first(near, "state_dir")?.text ?? defaultStateDirectory(host));
  const { definition, values, url } = resolveRepository(sources, {
    named: service.backup_driver,
    options,
    host,
  });
  const usual = definition.backupDefaults(values);
  checkGeometry({ blockSize: usual.blockSize, chunkSize: usual.fileSize });
  const repository = url ?? host.fileUrl(`${stateDirectory}/repository`);
  const container = (url === undefined ? undefined : definition.containerOf?.(url)) ?? usual.container;
  return {
    settings: {
      stateDirectory,
      repository,
      ...usual,
      container,
      ...settingsOf(service),
      retention: retentionOf(options.valuesOf(COMMON_OPTIONS)),
      history: historySettings(service, host),
    },
    repositories: {
      options,
      limitUpload: local.limit_upload,
      limitDownload: local.limit_download,
      ...encryptionLayer(encryption, { url: repository, container }, host),
      ...(local.log_requests ? requestLog(sources, host) : {}),
    },
    sinkMemory: encryptedMemory(definition.memory?.(values) ?? { bufferSize: 0 }, encryption),
    encryption,
    historyIdentity: service.history_identity,
    digestEngine: local.digest_engine,
    caller: resolveCaller(near, host.environment),
    warnings: [...strangeVariables(host.environment), ...file.warnings],
  };
}

/** @throws UsageError for a password on the command line */
function checkCatalogFlag(sources: readonly OptionSource[], { catalog }: ServiceOptions): void {
  if (catalog?.hasPassword !== true || first(sources, "catalog")?.origin !== "--catalog") return;
  throw new UsageError(
    "Cannot use --catalog with a password: others can read the command line; set ASHLAR_CATALOG, PGPASSWORD or PGPASSFILE",
  );
}

/** Flags under the names that they have in the environment. */
function namedFlags(flags: SettingsFlags): Readonly<Record<string, string | undefined>> {
  return {
    state_dir: flags.stateDir,
    catalog: flags.catalog,
    repository: flags.repository,
    config_file: flags.configFile,
    digest_engine: flags.digestEngine,
    limit_upload: flags.limitUpload,
    limit_download: flags.limitDownload,
    project: flags.project,
    user: flags.user,
    roles: flags.roles,
    encryption_key: flags.encryptionKey,
    identity: flags.identity,
    passphrase_file: flags.passphraseFile,
    log_requests: flags.logRequests === true ? "true" : undefined,
  };
}

function retentionOf(common: CommonOptions): RetentionSettings {
  return { mode: common.backup_retention_mode, durationMs: common.backup_retention };
}

type StoreSettings =
  | "retention"
  | "history"
  | "stateDirectory"
  | "repository"
  | "fileSize"
  | "blockSize"
  | "container"
  | "progressTimer";

function settingsOf(options: ServiceOptions): Omit<Settings, StoreSettings> {
  return {
    catalog: options.catalog,
    hostName: options.host,
    compression: options.backup_compression_algorithm,
    levels: {
      zlib: options.backup_zlib_level,
      bz2: options.backup_bz2_level,
      zstd: options.backup_zstd_level,
    },
    availabilityZone: options.storage_availability_zone,
    timerInterval: options.backup_timer_interval,
    objectsPerNotification: options.backup_object_number_per_notification,
    notificationLog: options.backup_notification_log,
    notificationWebhook: options.backup_notification_webhook,
    notificationBus: notificationBusOf(options),
    useTempSnapshot: options.backup_use_temp_snapshot,
    concurrentObjects: options.backup_concurrent_objects,
    coalesceGap: options.backup_coalesce_gap,
    checkEncoded: options.backup_check_encoded,
    hintSample: options.backup_hint_sample,
    fullReadInterval: options.backup_full_read_interval,
    maxOperations: options.backup_max_operations,
    workers: options.backup_workers,
    maxMemory: options.backup_max_memory,
  };
}

/** Logs requests on standard error, between everything else that is written there. */
function requestLog(
  sources: readonly OptionSource[],
  host: SettingsHost,
): Pick<RepositorySettings, "onRequest"> {
  const secrets = optionsIn(STORE_OPTIONS).flatMap(([name, { isSecret }]) => {
    const text = isSecret ? (first(sources, name)?.text ?? "") : "";
    return text === "" ? [] : [new Secret(text)];
  });
  return {
    onRequest: (event) => host.screen.write(`${requestLine(event, host.clock.now(), secrets)}\n`),
  };
}

/** The state directory by the XDG base directory specification, which requires relative paths to be ignored. */
function defaultStateDirectory({ environment, homeDirectory }: SettingsHost): string {
  const { XDG_STATE_HOME: base } = environment;
  return base?.startsWith("/") ? `${base}/ashlar` : `${homeDirectory}/.local/state/ashlar`;
}
