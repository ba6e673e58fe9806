import { join, resolve } from "node:path";
import { openCatalog } from "../catalog/catalog.js";
import type { RepositorySettings } from "../cli/host.js";
import type { Runtime } from "../pipeline/runtime.js";
import type { Host } from "../service/context.js";
import { openService } from "../service/open-service.js";
import type { Service } from "../service/service.js";
import type { Settings } from "../service/settings.js";
import { nodeClock } from "./clock.js";
import type { DigestEngineChoice } from "./digest-choice.js";
import { nodeFileSystem } from "./file-system.js";
import { currentHolder, isHolderAlive } from "./process-holder.js";
import { canonicalRepository, Repositories } from "./repository.js";
import { nodeRuntime } from "./runtime.js";
import { openSqlite } from "./sqlite.js";
import { usersOf } from "./users.js";

export interface NodeServiceOptions {
  /** @default {"auto"} */
  readonly digestEngine?: DigestEngineChoice;
  /** What repositories other than directories are opened with. */
  readonly repositories?: RepositorySettings | undefined;
}

/** The service on this machine: files, devices, and the catalog in the state directory, which is made if need be. */
export async function openNodeService(given: Settings, options: NodeServiceOptions = {}): Promise<Service> {
  const settings = { ...given, repository: await canonicalRepository(given.repository) };
  await nodeFileSystem.makeDirectory(settings.stateDirectory);
  const database = await openSqlite(join(settings.stateDirectory, "catalog.sqlite"));
  const repositories = new Repositories(options.repositories ?? { options: {} });
  let runtime: Promise<Runtime> | undefined;
  const host: Host = {
    clock: nodeClock,
    fileSystem: nodeFileSystem,
    runtime: () => {
      runtime ??= nodeRuntime(options.digestEngine, settings.levels);
      return runtime;
    },
    openRepository: (url) => repositories.open(url),
    resolvePath: (path) => resolve(path),
    usersOf,
    holder: await currentHolder(),
    isAlive: isHolderAlive,
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs).unref();
      return () => clearInterval(timer);
    },
  };
  try {
    const service = await openService({ catalog: await openCatalog(database, nodeClock), settings, host });
    return {
      ...service,
      async close() {
        await service.close();
        await repositories.close();
        await (await runtime)?.close?.();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
