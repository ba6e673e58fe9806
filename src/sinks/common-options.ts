/** Options that every store has. */
import type { Option, OptionTable } from "../options/option.js";
import { count, duration, flag, parseChoice } from "../options/values.js";

export interface CommonOptions {
  readonly backup_create_containers: boolean;
  /** Milliseconds. */
  readonly backup_retention: number | undefined;
  readonly backup_retention_mode: RetentionMode;
}

/** The lock of new backups: by the store until a date, or until a hold is released, or by Ashlar alone. */
export type RetentionMode = "advisory" | "compliance" | "governance" | "hold";

const RETENTION_MODES: readonly RetentionMode[] = ["governance", "compliance", "hold", "advisory"];

export const COMMON_OPTIONS: OptionTable<CommonOptions> = {
  backup_create_containers: flag({ default: true, help: "create missing containers" }),
  backup_retention: duration(
    "how long new backups, and all that they are based on, cannot be deleted, e.g. 30d; default: no lock",
  ),
  backup_retention_mode: {
    default: "governance",
    help: "the lock of new backups: governance or compliance (the store's object lock), hold (until it is released), advisory (Ashlar's own refusal, for stores without locks)",
    parse: (given) => parseChoice(given, RETENTION_MODES),
  },
};

/** Whether containers are to be created with the store's locks. */
export function locksObjects({ backup_retention, backup_retention_mode: mode }: CommonOptions): boolean {
  return mode === "hold" || (mode !== "advisory" && backup_retention !== undefined);
}

/** Progress events by time. Each of Cinder's drivers has its own name for this option. */
export const PROGRESS_TIMER: Option<boolean> = flag({
  default: true,
  help: "send progress events by time as well as by objects",
});

/** Options of every store over HTTP. */
export interface RemoteOptions extends CommonOptions {
  readonly backup_retry_after_max: number;
}

export const REMOTE_OPTIONS: OptionTable<RemoteOptions> = {
  ...COMMON_OPTIONS,
  backup_retry_after_max: count({
    default: 300,
    help: "the longest wait, in seconds, that a server may ask for (Retry-After); a request that has to wait longer fails at once",
  }),
};
