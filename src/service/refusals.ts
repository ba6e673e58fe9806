/** Events of refused calls: without them a schedule that fails from the start would go unnoticed. */
import type { ServiceContext } from "./context.js";
import type { RefusableOperation } from "./events/events.js";
import type { ServiceEvent } from "./notifier.js";
import type { Service } from "./service.js";

type Given = ServiceEvent["payload"];

/** `service`, sending an event for every call that fails before its own events begin. */
export function withRefusals(service: Service, { events, caller }: ServiceContext): Service {
  const reported = async <T>(operation: RefusableOperation, given: Given, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      events.refuse(operation, caller, error, given);
      throw error;
    }
  };
  return {
    ...service,
    createBackup: async (request) => {
      const { volume, name = null } = request;
      return await reported("create", { volume, display_name: name }, service.createBackup(request));
    },
    queueBackup: async (request) => {
      const { volume, name = null } = request;
      return await reported("create", { volume, display_name: name }, service.queueBackup(request));
    },
    queueRestore: async (request) => {
      const { backup, volume = null } = request;
      return await reported("restore", { backup, volume }, service.queueRestore(request));
    },
    restoreBackup: async (request) => {
      const { backup, volume = null } = request;
      return await reported("restore", { backup, volume }, service.restoreBackup(request));
    },
    streamBackup: async (request) =>
      await reported("restore", { backup: request.backup, volume: null }, service.streamBackup(request)),
    verifyBackup: async (request) =>
      await reported("verify", { backup: request.backup }, service.verifyBackup(request)),
    consolidateBackup: async (request) =>
      await reported("consolidate", { backup: request.backup }, service.consolidateBackup(request)),
    deleteBackup: async (backup, options) =>
      await reported("delete", { backup }, service.deleteBackup(backup, options)),
  };
}
