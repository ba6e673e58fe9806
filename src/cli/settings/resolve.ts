/**
 * From flags, environment, configuration file and defaults, in this order of precedence, to the settings of the
 * service. What cannot be accepted is said here, before anything is opened.
 */
import { UsageError } from "../../errors.js";
import { checkGeometry } from "../../pipeline/geometry.js";
import type { Settings } from "../../service/settings.js";
import type { CommandHost, DigestEngineChoice } from "../host.js";
import { environmentLayer, fileLayer, flagLayer, type Layer, strangeVariables } from "./layers.js";
import { type Given, OPTIONS, type OptionName, type Options } from "./options.js";
import { repositoryUrl } from "./repository-url.js";

/** The global flags that say what to work on and with. */
export interface SettingsFlags {
  readonly stateDir?: string | undefined;
  readonly repository?: string | undefined;
  readonly configFile?: string | undefined;
  readonly digestEngine?: string | undefined;
  /** `NAME=VALUE` */
  readonly option?: readonly string[] | undefined;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  /** `backup_max_operations`: operations at once; 0 for no limit. */
  readonly maxOperations: number;
  readonly digestEngine: DigestEngineChoice;
  /** For the user, one sentence each. */
  readonly warnings: readonly string[];
}

const DIGEST_ENGINES: readonly DigestEngineChoice[] = ["auto", "wasm", "native"];

/** @throws UsageError naming the option or flag, its value, where it came from, and what is wanted */
export async function resolveSettings(flags: SettingsFlags, host: CommandHost): Promise<ResolvedSettings> {
  const { stateDir, repository, configFile, digestEngine } = flags;
  const named = { state_dir: stateDir, repository, config_file: configFile, digest_engine: digestEngine };
  const near = [flagLayer(named, flags.option), environmentLayer(host.environment)];
  const layers = [...near, await fileLayer(first(near, "config_file")?.text, host)];
  const option = <Name extends OptionName>(name: Name): ValueOf<Name> =>
    parseOption(name, first(layers, name));
  const stateDirectory = host.resolvePath(first(near, "state_dir")?.text ?? defaultStateDirectory(host));
  option("backup_driver");
  const fileSize = option("backup_file_size");
  const blockSize = option("backup_sha_block_size_bytes");
  checkGeometry({ blockSize, chunkSize: fileSize });
  return {
    settings: {
      stateDirectory,
      repository: findRepository(layers, host) ?? host.fileUrl(`${stateDirectory}/repository`),
      compression: option("backup_compression_algorithm"),
      levels: {
        zlib: option("backup_zlib_level"),
        bz2: option("backup_bz2_level"),
        zstd: option("backup_zstd_level"),
      },
      fileSize,
      blockSize,
      container: option("backup_container"),
      availabilityZone: option("storage_availability_zone"),
      concurrentObjects: option("backup_concurrent_objects"),
      maxMemory: option("backup_max_memory"),
    },
    maxOperations: option("backup_max_operations"),
    digestEngine: parseDigestEngine(first(near, "digest_engine")),
    warnings: strangeVariables(host.environment),
  };
}

type ValueOf<Name extends OptionName> = Options[Name]["default"];

function first(layers: readonly Layer[], name: string): Given | undefined {
  for (const layer of layers) {
    const given = layer.get(name);
    if (given !== undefined) return given;
  }
  return undefined;
}

function parseOption<Name extends OptionName>(name: Name, given: Given | undefined): ValueOf<Name> {
  const option = OPTIONS[name];
  // `--option backup_container=` takes back what the environment or the file says.
  if (given === undefined || given.text === "") return option.default;
  try {
    return option.parse(given.text);
  } catch (error) {
    const wanted = (error as Error).message;
    throw new UsageError(`Cannot use ${name} "${given.text}" (${given.origin}): ${wanted}`);
  }
}

/** The nearest place that names a repository counts, by whichever of the two names; the URL before the path. */
function findRepository(layers: readonly Layer[], host: CommandHost): string | undefined {
  for (const layer of layers) {
    const url = layer.get("repository");
    if (url !== undefined) return repositoryUrl(url.text, host);
    const path = layer.get("backup_posix_path");
    if (path !== undefined && path.text !== "") return host.fileUrl(path.text);
  }
  return undefined;
}

function parseDigestEngine(given: Given | undefined): DigestEngineChoice {
  if (given === undefined) return "auto";
  const choice = DIGEST_ENGINES.find((candidate) => candidate === given.text);
  if (choice !== undefined) return choice;
  const wanted = `want one of ${DIGEST_ENGINES.join(", ")}`;
  throw new UsageError(`Cannot use digest engine "${given.text}" (${given.origin}): ${wanted}`);
}

/** By the XDG base directory specification, which says that a relative path there is to be ignored. */
function defaultStateDirectory({ environment, homeDirectory }: CommandHost): string {
  const { XDG_STATE_HOME: base } = environment;
  return base?.startsWith("/") ? `${base}/ashlar` : `${homeDirectory}/.local/state/ashlar`;
}
