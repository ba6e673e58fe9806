/** How new objects are encoded: the codec of the settings. */
import type { Codec } from "../codecs/codec.js";
import { UsageError } from "../errors.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import type { Settings } from "./settings.js";

/** `undefined` for none. @throws UsageError for one that this build does not have */
export function codecFor({ compression }: Settings, runtime: Runtime): Codec | undefined {
  if (compression === "none") return undefined;
  const codec = runtime.codecs.get(compression);
  if (codec !== undefined) return codec;
  const known = ["none", ...runtime.codecs.keys()].join(", ");
  throw new UsageError(`Cannot use compression algorithm "${compression}": this build has ${known}`);
}
