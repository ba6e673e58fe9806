/** How large the objects are that are gathered for Node's own zstd. */
import type { WholeEncoder } from "../../codecs/codec.js";
import { WHOLE_FRAME_MAX } from "../../codecs/zstd/frames/whole-reader.js";
import { ZSTD_INPUT_MAX } from "../../codecs/zstd/wasm.js";
import { MIB } from "../../units.js";

export type GatherSizes = Pick<WholeEncoder, "maxInput" | "maxRemoteInput">;

/** Plain bytes of all objects that are gathered at once, where each is a request: five of 12 MiB. */
const REMOTE_GATHERED: number = 60 * MIB;

/**
 * A request costs Swift some 10 ms of its processor, to store and to send; on a disk larger objects only take memory
 * (docs/decisions/0051-larger-objects-for-stores.md).
 * @param lanes how many objects are gathered at once
 */
export function gatherSizes(lanes: number): GatherSizes {
  const remote = Math.min(WHOLE_FRAME_MAX, Math.floor(REMOTE_GATHERED / lanes));
  return { maxInput: ZSTD_INPUT_MAX, maxRemoteInput: Math.max(ZSTD_INPUT_MAX, remote) };
}
