/**
 * One process that works on a catalog and may be killed at it: `operation.js SETTINGS VERB ARGUMENT…`, where SETTINGS
 * is JSON. It prints `started` when the service is open, and ends with code 0, or 1 and the error's message on
 * standard error.
 *
 *     create VOLUME | incremental VOLUME | restore BACKUP TARGET | consolidate BACKUP | delete BACKUP | force-delete BACKUP
 */
import process from "node:process";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";

const [settings, verb, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const [first, second] = rest as [string, string];

const VERBS: Readonly<Record<string, (service: Service) => Promise<unknown>>> = {
  create: (service) => service.createBackup({ volume: first }),
  incremental: (service) => service.createBackup({ volume: first, incremental: true }),
  restore: (service) => service.restoreBackup({ backup: first, volume: second, force: true }),
  consolidate: (service) => service.consolidateBackup({ backup: first }),
  delete: (service) => service.deleteBackup(first),
  "force-delete": (service) => service.deleteBackup(first, { force: true }),
};

try {
  const service = await openNodeService(JSON.parse(settings) as Settings, { digestEngine: "native" });
  process.stdout.write("started\n");
  await VERBS[verb]!(service);
  await service.close();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
