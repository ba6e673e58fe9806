import { WHOLE_FRAME_MAX } from "../../../codecs/zstd/frames/whole-reader.js";
import { ZSTD_INPUT_MAX } from "../../../codecs/zstd/wasm/memory.js";
import { MIB } from "../../../units.js";

/** Plain bytes of all objects gathered at once for a remote sink: five of 12 MiB. */
const REMOTE_GATHERED: number = 60 * MIB;

/**
 * Sizes of the objects gathered for Node's own zstd. Each request costs Swift some 10 ms of processor time, to store
 * and to send; on a disk larger objects only take memory (docs/decisions/0051-larger-objects-for-stores.md).
 * @param concurrency number of objects gathered at once
 */
export function nativeObjectSizes(concurrency: number): {
  readonly maxInput: number;
  readonly maxRemoteInput: number;
} {
  const remote = Math.min(WHOLE_FRAME_MAX, Math.floor(REMOTE_GATHERED / concurrency));
  return { maxInput: ZSTD_INPUT_MAX, maxRemoteInput: Math.max(ZSTD_INPUT_MAX, remote) };
}
