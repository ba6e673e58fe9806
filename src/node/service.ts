import { openCatalog } from "../catalog/open-catalog.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import type { Connect, DiskImages } from "../ports.js";
import type { Caller } from "../service/access/caller.js";
import type { Policy } from "../service/access/policy.js";
import type { Host, ServiceParts } from "../service/host.js";
import type { Notifier } from "../service/notifier.js";
import { openService } from "../service/open-service.js";
import type { Service } from "../service/service.js";
import type { NotificationBus, Settings } from "../service/settings.js";
import { canonicalUrl } from "../sinks/open.js";
import type { Repositories, RepositorySettings } from "../sinks/repositories.js";
import { openCatalogDatabase } from "./catalog-database.js";
import { nodeFileSystem } from "./files/file-system.js";
import { realLocation, resolveLocation, usersOfLocation } from "./files/locations.js";
import { nodeSnapshots } from "./files/snapshots.js";
import type { NodeHttpClient } from "./http/client.js";
import { nodePaths } from "./paths.js";
import { currentHolder, isHolderAlive } from "./process-holder.js";
import { openRepositories } from "./repositories.js";
import { Runtimes } from "./runtimes.js";

/** Options of `openNodeService`, in addition to the settings. */
export interface NodeServiceOptions {
  /** @default {"auto"} */
  readonly digestEngine?: DigestEngineChoice;
  /** Settings for opening repositories. @default {every option's default} */
  readonly repositories?: RepositorySettings | undefined;
  /** The caller that the service acts for; `Service.as` binds it to others. @default {the operator: an admin} */
  readonly caller?: Caller | undefined;
  /** Receives a sentence without secrets about secondary failures, e.g. a message broker that cannot be reached. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Called with the failure of an operation whose request was already answered. */
  readonly onBackgroundError?: ServiceParts["onBackgroundError"];
  /** Rules that replace the defaults. @default {the default policy} */
  readonly policy?: Partial<Policy> | undefined;
  /** Whether the Block Storage calls leave backups and restores to workers. @default {false} */
  readonly queuesWork?: boolean | undefined;
  /** How long background work may take to end when the service is closed, milliseconds. @default {20 000} */
  readonly graceMs?: number | undefined;
}

/** Longer than the notifier's own timeout, for connections that it has abandoned. */
const WEBHOOK_TIMEOUT_MS = 5000;

/** Opens the service on this machine: files and devices; the state directory is created if missing. */
export async function openNodeService(given: Settings, options: NodeServiceOptions = {}): Promise<Service> {
  const settings = { ...given, repository: await canonicalUrl(given.repository, nodePaths) };
  await nodeFileSystem.makeDirectory(settings.stateDirectory);
  const holder = await currentHolder();
  const opened = await openCatalogDatabase(settings, { holder, warn: options.warn });
  const { database, clock, presence } = opened;
  let repositories: Promise<Repositories> | undefined;
  const runtimes = new Runtimes(options, settings);
  const host: Host = {
    clock,
    random: Math.random,
    fileSystem: nodeFileSystem,
    connect: connectLate,
    diskImages,
    runtime: (levels) => runtimes.at(levels),
    async openRepository(url) {
      repositories ??= openRepositories(options.repositories);
      return await (await repositories).open(url);
    },
    resolvePath: resolveLocation,
    realPath: realLocation,
    usersOf: usersOfLocation,
    snapshots: nodeSnapshots(),
    warn: options.warn ?? (() => undefined),
    holder,
    announce: () => presence.announce(),
    // The system answers faster, if the process is visible.
    isAlive: async (name) => (await isHolderAlive(name)) ?? (await presence.isAlive(name)),
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs).unref();
      return () => clearInterval(timer);
    },
  };
  try {
    const { notifiers, http } = await notifiersOf(settings, options);
    const catalog = await openCatalog(database, clock, opened);
    const service = await openService({
      ...{ catalog, settings, host, notifiers, caller: options.caller },
      ...{ onBackgroundError: options.onBackgroundError, graceMs: options.graceMs, policy: options.policy },
      queuesWork: options.queuesWork,
    });
    return {
      ...service,
      async close(signal) {
        await service.close(signal);
        await presence.close();
        await http?.close();
        await (await repositories)?.close();
        await runtimes.close();
      },
    };
  } catch (error) {
    await presence.close();
    await database.close();
    throw error;
  }
}

interface Notification {
  readonly notifiers: readonly Notifier[];
  readonly http?: NodeHttpClient | undefined;
}

/** The notifiers in the settings. The HTTP client is only loaded if needed, because that takes 60 ms. */
async function notifiersOf(
  { notificationLog: log, notificationWebhook: url, notificationBus: bus }: Settings,
  { warn }: NodeServiceOptions,
): Promise<Notification> {
  if (log === undefined && url === undefined && bus === undefined) return { notifiers: [] };
  const { logNotifier, webhookNotifier } = await import("./notify/open.js");
  const http = url === undefined ? undefined : await openHttp();
  const notifiers = [
    ...(log === undefined ? [] : [logNotifier(log)]),
    ...(url === undefined || http === undefined ? [] : [webhookNotifier(url, { http })]),
    ...(bus === undefined ? [] : [await openBus(bus, warn)]),
  ];
  return { notifiers, http };
}

async function openBus(bus: NotificationBus, warn: NodeServiceOptions["warn"]): Promise<Notifier> {
  const { AmqpNotifier } = await import("./notify/amqp.js");
  return new AmqpNotifier(bus, { warn });
}

/** Loaded late: few volumes have a URL. */
const connectLate: Connect = async (address) => {
  const { nodeConnect } = await import("./net/connection.js");
  return await nodeConnect(address);
};

/** Loaded late, for the same reason. */
const diskImages: DiskImages = {
  async serve(...request) {
    const { serveDiskImage } = await import("./disk-images/qemu-nbd.js");
    return await serveDiskImage(...request);
  },
  async changesSince(...request) {
    const { rbdChanges } = await import("./disk-images/rbd-diff.js");
    return await rbdChanges(...request);
  },
};

async function openHttp(): Promise<NodeHttpClient> {
  const { NodeHttpClient } = await import("./http/client.js");
  return new NodeHttpClient({ timeoutMs: WEBHOOK_TIMEOUT_MS });
}
