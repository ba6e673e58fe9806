/** The parts of a batch, from the command's flags and host: the service at the settings of each policy. */
import type { VolumePolicy } from "../batch/plan.js";
import type { BatchParts, PolicyService } from "../batch/prepare.js";
import { UsageError } from "../errors.js";
import { planMemory } from "../pipeline/memory/plan.js";
import type { Service } from "../service/service.js";
import { ENCRYPTION_OPTIONS } from "../settings/encryption.js";
import { HISTORY_OPTIONS } from "../settings/history.js";
import { environmentName } from "../settings/option-sources.js";
import type { ResolvedSettings } from "../settings/resolve.js";
import type { BatchHost } from "./host.js";
import type { Invocation } from "./invocation.js";

type Placement = Pick<VolumePolicy, "repository" | "container" | "codec" | "level" | "options">;

export function batchParts(invocation: Invocation, host: BatchHost, service: Service): BatchParts {
  const opened = new Map<string, Promise<PolicyService>>();
  const open = async (placement: Placement): Promise<PolicyService> => {
    const { repository, codec, level, options } = placement;
    const key = JSON.stringify([repository, codec, level, options]);
    let found = opened.get(key);
    if (found === undefined) {
      found = openPolicy(invocation, { host, service, placement });
      opened.set(key, found);
    }
    return await found;
  };
  const { clock } = invocation.host;
  return {
    ...{ service, clock, hooks: host.hooks, fileSystem: host.fileSystem },
    serviceFor: open,
    copiesTo: (repository) => open({ repository, options: {} }),
    resolvePath: (path) => invocation.host.resolvePath(path),
  };
}

interface Opening {
  readonly host: BatchHost;
  readonly service: Service;
  readonly placement: Placement;
}

async function openPolicy(
  invocation: Invocation,
  { host, service, placement }: Opening,
): Promise<PolicyService> {
  const { repository: given, codec, level, options } = placement;
  refuseEncryption(options);
  const pairs = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  if (codec !== undefined) pairs.push(`backup_compression_algorithm=${codec}`);
  if (codec !== undefined && level !== undefined) pairs.push(`backup_${codec}_level=${level}`);
  const resolved = await invocation.settingsWith({ repository: given, option: pairs });
  const { settings } = resolved;
  const repository = await host.canonicalUrl(settings.repository);
  return {
    service: service.withSettings({ ...settings, repository }),
    repository,
    compression: settings.compression,
    memory: await memoryOf(invocation, resolved),
  };
}

/** @throws UsageError for an option of encryption or of the history: a run opens every repository with the same, and would ignore it */
function refuseEncryption(options: Readonly<Record<string, string>>): void {
  const name = Object.keys(options).find((each) =>
    [ENCRYPTION_OPTIONS, HISTORY_OPTIONS].some((table) => Object.hasOwn(table, each)),
  );
  if (name === undefined) return;
  throw new UsageError(
    `Cannot set ${name} in a plan: it holds for all of a run; set ${environmentName(name)}, or ${name} in the configuration file`,
  );
}

async function memoryOf(invocation: Invocation, { settings, sinkMemory }: ResolvedSettings): Promise<number> {
  const { blockSize, fileSize: chunkSize, concurrentObjects, coalesceGap, checkEncoded } = settings;
  const { compression, levels } = settings;
  const { bufferSize: sinkBufferSize, buffersMax: sinkBuffersMax, isRemote } = sinkMemory;
  const codecs = compression === "none" ? undefined : await invocation.host.loadCodecs(levels);
  return planMemory({
    ...{ operation: "backup", codec: codecs?.get(compression), maxOperations: 1 },
    ...{ blockSize, chunkSize, concurrentObjects, coalesceGap, checkEncoded },
    ...{ sinkBufferSize, sinkBuffersMax, isRemote },
  }).plan.total;
}
