/** What a run needs of its host, beside the web platform. `src/node/` has one for Node. */
import type { Codecs } from "../codecs/codec.js";
import type { DigestEngine } from "../kernels/engine.js";
import type { Kernels } from "../kernels/kernels.js";
import type { Hashes } from "../ports.js";

export interface Runtime {
  readonly hashes: Hashes;
  readonly codecs: Codecs;
  /** The engine for the block digests, given kernels whose memory holds the windows. */
  engine(kernels: Kernels): Promise<DigestEngine>;
}
