/** Decoding of one planned object: opens, loads, decompresses and closes it. */
import type { ChainLink } from "../../chain/link.js";
import type { PlannedObject } from "../../chain/plan.js";
import type { DamageLocation } from "../../errors.js";
import type { BufferPool } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import { type DecompressOptions, decompress } from "./decompress.js";
import { load } from "./load.js";

export interface DecodeObjectOptions extends Omit<DecompressOptions, "location"> {
  readonly links: readonly ChainLink[];
  /** Buffers for stored bytes. */
  readonly loadPool: BufferPool;
  readonly loadMeter?: StageMeter | undefined;
  /** Ends requests to the store. */
  readonly signal?: AbortSignal | undefined;
  readonly locationOf: (planned: PlannedObject) => DamageLocation;
}

/** Resolves when the whole object has been emitted. Once it settles, nothing is open or being loaded any more. */
export async function decodeObject(planned: PlannedObject, options: DecodeObjectOptions): Promise<void> {
  const { links, loadPool, loadMeter: meter, locationOf, signal } = options;
  const loader = await load(links, planned, loadPool, { meter, signal });
  let loading: Promise<unknown> = Promise.resolve();
  const next = () => {
    const piece = loader.next();
    loading = piece.catch(() => {});
    return piece;
  };
  try {
    await decompress(planned, next, { ...options, location: locationOf(planned) });
  } finally {
    await loading;
    await loader.close();
  }
}
