/** The shape of a chain's restore, which determines its memory. */
import type { Chain } from "../../chain/chain.js";
import type { PlannedObject } from "../../chain/plan.js";
import type { Codec, Codecs } from "../../codecs/codec.js";
import { codecIdOf } from "../../codecs/labels.js";
import { type MemoryPlan, type ObjectConcurrency, planRestoreMemory, type RestoreShape } from "./plan.js";

/** @param codecs known codecs; only those that the plan's objects need count. The restore refuses an unknown one. */
export function shapeOfRestore(
  { links, plan }: Chain,
  codecs: Codecs,
): RestoreShape & { encodedLengthMax: number } {
  const needed = new Set<Codec>();
  let objectLengthMax = 0;
  let encodedLengthMax = 0;
  for (const planned of plan.objects) {
    objectLengthMax = Math.max(objectLengthMax, lengthInVolume(planned));
    const id = codecIdOf(planned.object.compression);
    const codec = id === undefined ? undefined : codecs.get(id);
    if (codec === undefined) continue;
    needed.add(codec);
    encodedLengthMax = Math.max(encodedLengthMax, planned.object.length);
  }
  const sinkBufferSize = Math.max(...links.map(({ backup }) => backup.sink.readBufferSize));
  const { blockSize } = plan.shape;
  return { blockSize, objectLengthMax, encodedLengthMax, codecs: [...needed], sinkBufferSize };
}

/** Plain bytes up to the last restored one: a manifest may claim any length, but the table bounds the volume. */
function lengthInVolume({ object, ranges }: PlannedObject): number {
  const last = ranges.at(-1)!;
  return last.offset + last.length - object.offset;
}

/** The memory of one chain's restore or verification, and the shape that it was computed from. */
export interface PlannedRestore {
  readonly shape: ReturnType<typeof shapeOfRestore> & ObjectConcurrency;
  readonly memory: MemoryPlan;
}

/** @throws UsageError for an impossible concurrency */
export function planRestoreOf(
  chain: Chain,
  codecs: Codecs,
  { concurrentObjects }: ObjectConcurrency,
): PlannedRestore {
  const shape = { ...shapeOfRestore(chain, codecs), concurrentObjects };
  return { shape, memory: planRestoreMemory(shape) };
}
