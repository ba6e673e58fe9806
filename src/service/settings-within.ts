import type { Settings } from "./settings.js";

/** Settings of new backups: those that differ between requests to one service. */
export type BackupSettings = Pick<
  Settings,
  | "repository"
  | "compression"
  | "levels"
  | "fileSize"
  | "blockSize"
  | "container"
  | "concurrentObjects"
  | "coalesceGap"
  | "checkEncoded"
  | "useTempSnapshot"
>;

export function backupSettingsOf(settings: BackupSettings): BackupSettings {
  const { repository, compression, levels, fileSize, blockSize, container } = settings;
  const { concurrentObjects, coalesceGap, checkEncoded, useTempSnapshot } = settings;
  return {
    ...{ repository, compression, levels, fileSize, blockSize, container },
    ...{ concurrentObjects, coalesceGap, checkEncoded, useTempSnapshot },
  };
}

/** Settings for new backups, with the limits and notifications of the service that was opened. */
export function settingsWithin(opened: Settings, given: BackupSettings): Settings {
  return { ...opened, ...backupSettingsOf(given) };
}
