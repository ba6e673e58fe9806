/** The runtime's codec for new objects, by name. */
import type { Codec, CodecId } from "../../codecs/codec.js";
import { UsageError } from "../../errors.js";
import type { Runtime } from "./runtime.js";

/** `undefined` for `none`. @throws UsageError for a codec that this runtime does not have */
export function codecFor(compression: CodecId, runtime: Runtime): Codec | undefined {
  if (compression === "none") return undefined;
  const codec = runtime.codecs.get(compression);
  if (codec !== undefined) return codec;
  const known = ["none", ...runtime.codecs.keys()].join(", ");
  throw new UsageError(`Cannot use compression algorithm "${compression}": this build has ${known}`);
}
