/**
 * One process that works on a catalog and may be killed at it: `operation.js SETTINGS OPTIONS VERB ARGUMENT…`, where SETTINGS
 * and the drivers' OPTIONS are JSON; the variable ASHLAR_CATALOG has the URL of a catalog in PostgreSQL. It prints `started` when the service is open, and ends with code 0, or 1 and the error's message on
 * standard error.
 *
 *     create VOLUME… | incremental VOLUME | restore BACKUP TARGET | work CAPACITY | consolidate BACKUP | delete BACKUP | force-delete BACKUP
 */
import process from "node:process";
import { catalogLocation } from "../../src/catalog/location.js";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";

const [settings, options, verb, ...rest] = process.argv.slice(2) as [string, string, string, ...string[]];
const [first, second] = rest as [string, string];

const VERBS: Readonly<Record<string, (service: Service) => Promise<unknown>>> = {
  create: (service) => Promise.all(rest.map((volume) => service.createBackup({ volume }))),
  incremental: (service) => service.createBackup({ volume: first, incremental: true }),
  restore: (service) => service.restoreBackup({ backup: first, volume: second, force: true }),
  work: async (service) => {
    const stopping = new AbortController();
    process.once("SIGTERM", () => stopping.abort());
    const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
    const options = { version: "test", capacity: Number(first), signal: stopping.signal, onError };
    await (await service.fleet()).work(options);
  },
  consolidate: (service) => service.consolidateBackup({ backup: first }),
  delete: (service) => service.deleteBackup(first),
  "force-delete": (service) => service.deleteBackup(first, { force: true }),
};

let service: Service | undefined;
try {
  const repositories = { options: JSON.parse(options) as Record<string, string> };
  const { ASHLAR_CATALOG: url } = process.env;
  const catalog = url === undefined ? undefined : catalogLocation(url);
  service = await openNodeService(
    { ...(JSON.parse(settings) as Settings), catalog },
    {
      digestEngine: "native",
      repositories,
    },
  );
  process.stdout.write("started\n");
  await VERBS[verb]!(service);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await service?.close();
}
