/** Options of the command alone, given as flags or `ASHLAR_` variables, not in configuration files. */
import type { DigestEngineChoice } from "../kernels/engine.js";
import type { Option, OptionTable } from "../options/option.js";
import { flag, parseChoice, parseSize } from "../options/values.js";

export interface LocalOptions {
  readonly digest_engine: DigestEngineChoice;
  /** Bytes per second. */
  readonly limit_upload: number | undefined;
  readonly limit_download: number | undefined;
  readonly log_requests: boolean;
}

const RATE: Option<number | undefined> = {
  default: undefined,
  help: "bytes per second, e.g. 10M",
  parse: (given) => parseSize(given),
};
const DIGEST_ENGINES: readonly DigestEngineChoice[] = ["auto", "wasm", "native"];

export const LOCAL_OPTIONS: OptionTable<LocalOptions> = {
  digest_engine: {
    default: "auto",
    help: DIGEST_ENGINES.join(", "),
    parse: (given) => parseChoice(given, DIGEST_ENGINES),
  },
  limit_upload: RATE,
  limit_download: RATE,
  log_requests: flag({ default: false, help: "log each call of the repository" }),
};
