/** The parts of an export whose block status has a property. */
import { RangeCollector, type Ranges } from "../ranges.js";
import { STATUS_SIZE_MAX } from "./protocol.js";
import type { NbdSession } from "./session.js";

/** The ranges whose states, of the only context that was negotiated, match. */
export async function statusRanges(
  session: NbdSession,
  matches: (state: number) => boolean,
): Promise<Ranges> {
  const { size } = session.info;
  const collector = new RangeCollector();
  for (let offset = 0; offset < size; ) {
    const status = await session.blockStatus(offset, Math.min(size - offset, STATUS_SIZE_MAX));
    for (const { length, state } of [...status.values()][0]!) {
      if (matches(state) && offset < size) collector.add(offset, Math.min(length, size - offset));
      offset += length;
    }
  }
  return collector.ranges;
}
