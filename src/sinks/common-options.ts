/** Options that every store has. */
import type { Option, OptionTable } from "../options/option.js";
import { flag } from "../options/values.js";

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
