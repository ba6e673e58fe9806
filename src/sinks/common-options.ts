/** Options that every store has. */
import type { Option, OptionTable } from "../options/option.js";
import { count, flag } from "../options/values.js";

export interface CommonOptions {
  readonly backup_create_containers: boolean;
}

export const COMMON_OPTIONS: OptionTable<CommonOptions> = {
  backup_create_containers: flag({ default: true, help: "create missing containers" }),
};

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
