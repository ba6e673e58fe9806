/**
 * From flags, environment, configuration file and defaults, in this order of precedence, to the settings of the
 * service. What cannot be accepted is said here, before anything is opened.
 */

import { UsageError } from "../errors.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import { checkGeometry } from "../pipeline/memory/geometry.js";
import type { Caller } from "../service/caller.js";
import type { Settings } from "../service/settings.js";
import type { DriverMemory, RepositorySettings } from "../sinks/driver.js";
import { requestLine } from "../sinks/layers/request-line.js";
import { parseBytes, parseFlag, parseSize } from "../sinks/option-checks.js";
import { DRIVER_OPTIONS } from "../sinks/registry.js";
import { resolveCaller } from "./caller.js";
import type { SettingsHost } from "./host.js";
import { environmentLayer, fileLayer, first, flagLayer, type Layer, strangeVariables } from "./layers.js";
import { notificationBusOf } from "./notification.js";
import { type Given, OPTIONS, type OptionName, type Options } from "./options.js";
import { driverOptions, resolveRepository } from "./repository.js";

/** The global flags that say what to work on and with. */
export interface SettingsFlags {
  readonly stateDir?: string | undefined;
  readonly repository?: string | undefined;
  readonly configFile?: string | undefined;
  readonly digestEngine?: string | undefined;
  /** Bytes a second, as `10M` too. */
  readonly limitUpload?: string | undefined;
  readonly limitDownload?: string | undefined;
  readonly project?: string | undefined;
  readonly user?: string | undefined;
  /** Separated by commas. */
  readonly roles?: string | undefined;
  readonly logRequests?: boolean | undefined;
  /** `NAME=VALUE` */
  readonly option?: readonly string[] | undefined;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly repositories: RepositorySettings;
  /** Of the repository for new backups. */
  readonly sinkMemory: DriverMemory;
  readonly digestEngine: DigestEngineChoice;
  readonly caller: Caller;
  /** For the user, one sentence each. */
  readonly warnings: readonly string[];
}

const DIGEST_ENGINES: readonly DigestEngineChoice[] = ["auto", "wasm", "native"];

/** @throws UsageError naming the option or flag, its value, where it came from, and what is wanted */
export async function resolveSettings(flags: SettingsFlags, host: SettingsHost): Promise<ResolvedSettings> {
  const { stateDir, repository, configFile, digestEngine, limitUpload, limitDownload, logRequests } = flags;
  const named = {
    ...{ state_dir: stateDir, repository, config_file: configFile, digest_engine: digestEngine },
    ...{ limit_upload: limitUpload, limit_download: limitDownload },
    ...{ project: flags.project, user: flags.user, roles: flags.roles },
    log_requests: logRequests === true ? "true" : undefined,
  };
  const near = [flagLayer(named, flags.option), environmentLayer(host.environment)];
  const layers = [...near, await fileLayer(first(near, "config_file")?.text, host)];
  const option = <Name extends OptionName>(name: Name): ValueOf<Name> =>
    parseOption(name, first(layers, name));
  const stateDirectory = host.resolvePath(first(near, "state_dir")?.text ?? defaultStateDirectory(host));
  const { driver, url, lookup } = resolveRepository(layers, option("backup_driver"), host);
  const fileSize = parseBytes(lookup(driver.objectSize)!);
  const blockSize = parseBytes(lookup(driver.blockSize)!);
  checkGeometry({ blockSize, chunkSize: fileSize });
  const options = driverOptions(layers);
  return {
    settings: {
      stateDirectory,
      repository: url ?? host.fileUrl(`${stateDirectory}/repository`),
      compression: option("backup_compression_algorithm"),
      levels: {
        zlib: option("backup_zlib_level"),
        bz2: option("backup_bz2_level"),
        zstd: option("backup_zstd_level"),
      },
      fileSize,
      blockSize,
      container: (url === undefined ? undefined : driver.containerOf?.(url)) ?? lookup(driver.container),
      availabilityZone: option("storage_availability_zone"),
      progressTimer: parseFlag(lookup(driver.progressTimer)!),
      timerInterval: option("backup_timer_interval"),
      objectsPerNotification: option("backup_object_number_per_notification"),
      notificationLog: option("backup_notification_log"),
      notificationWebhook: option("backup_notification_webhook"),
      notificationBus: notificationBusOf({
        driver: option("notification_driver"),
        ownUrl: option("notification_transport_url"),
        sharedUrl: option("transport_url"),
        topics: option("notification_topics"),
        exchange: option("control_exchange"),
      }),
      useTempSnapshot: option("backup_use_temp_snapshot"),
      concurrentObjects: option("backup_concurrent_objects"),
      coalesceGap: option("backup_coalesce_gap"),
      maxOperations: option("backup_max_operations"),
      maxMemory: option("backup_max_memory"),
    },
    repositories: {
      options,
      createsContainers: option("backup_create_containers"),
      limitUpload: limit(near, "limit_upload"),
      limitDownload: limit(near, "limit_download"),
      ...requestLog(near, { options, host }),
    },
    sinkMemory: driver.memory?.(lookup) ?? { bufferSize: 0 },
    digestEngine: parseDigestEngine(first(near, "digest_engine")),
    caller: resolveCaller(near, host.environment),
    warnings: strangeVariables(host.environment),
  };
}

type ValueOf<Name extends OptionName> = Options[Name]["default"];

function parseOption<Name extends OptionName>(name: Name, given: Given | undefined): ValueOf<Name> {
  const option = OPTIONS[name];
  // `--option backup_container=` takes back what the environment or the file says.
  if (given === undefined || given.text === "") return option.default;
  try {
    return option.parse(given.text);
  } catch (error) {
    const wanted = (error as Error).message;
    const shown = option.isSecret ? "" : ` "${given.text}"`;
    throw new UsageError(`Cannot use ${name}${shown} (${given.origin}): ${wanted}`);
  }
}

/** Where requests are told of: on standard error, between whatever else is said there. */
function requestLog(
  layers: readonly Layer[],
  { options, host }: { options: Readonly<Record<string, string>>; host: SettingsHost },
): Pick<ResolvedSettings["repositories"], "onRequest"> {
  const given = first(layers, "log_requests");
  if (given === undefined || !parseFlagOf("log_requests", given)) return {};
  const secrets = Object.entries(options).flatMap(([name, value]) =>
    DRIVER_OPTIONS[name]?.isSecret ? [value] : [],
  );
  return {
    onRequest: (event) => host.screen.write(`${requestLine(event, host.clock.now(), secrets)}\n`),
  };
}

function parseFlagOf(name: string, { text, origin }: Given): boolean {
  try {
    return parseFlag(text);
  } catch (error) {
    throw new UsageError(`Cannot use ${name} "${text}" (${origin}): ${(error as Error).message}`);
  }
}

/** Bytes a second. */
function limit(layers: readonly Layer[], name: string): number | undefined {
  const given = first(layers, name);
  if (given === undefined) return undefined;
  try {
    return parseSize(given.text);
  } catch (error) {
    throw new UsageError(`Cannot use ${given.origin} "${given.text}": ${(error as Error).message}`);
  }
}

function parseDigestEngine(given: Given | undefined): DigestEngineChoice {
  if (given === undefined) return "auto";
  const choice = DIGEST_ENGINES.find((candidate) => candidate === given.text);
  if (choice !== undefined) return choice;
  const wanted = `want one of ${DIGEST_ENGINES.join(", ")}`;
  throw new UsageError(`Cannot use digest engine "${given.text}" (${given.origin}): ${wanted}`);
}

/** By the XDG base directory specification, which says that a relative path there is to be ignored. */
function defaultStateDirectory({ environment, homeDirectory }: SettingsHost): string {
  const { XDG_STATE_HOME: base } = environment;
  return base?.startsWith("/") ? `${base}/ashlar` : `${homeDirectory}/.local/state/ashlar`;
}
