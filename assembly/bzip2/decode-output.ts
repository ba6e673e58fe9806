/** The last step of a block: follows the links from row to row, undoes the first run-length coding, updates the CRC. */
import { updateCrc } from "./crc";
import { ROWS, ROWS_END } from "./decode-block";

/** Plain bytes for the host, with room for one step and one more run. */
export const OUTPUT: usize = ROWS_END;
const OUTPUT_STEP: usize = 64 * 1024;
const RUN_MAX: usize = 256;
export const OUTPUT_END: usize = OUTPUT + OUTPUT_STEP + RUN_MAX;

export let outputLength: i32 = 0;

let entry: u32 = 0;
let rowsLeft: u32 = 0;
/** The number of equal bytes so far; after four of them a count follows. */
let equalCount: u32 = 0;
let lastByte: u32 = 0;
let register: u32 = 0;

/** Starts at the row `origin`. The rows must be linked. */
export function startOutput(origin: u32, rowCount: u32): void {
  entry = load<u32>(ROWS + (<usize>(load<u32>(ROWS + (<usize>origin << 2)) >> 8) << 2));
  rowsLeft = rowCount;
  equalCount = 0;
  lastByte = 256;
  register = 0xffffffff;
}

/** Fills the output as far as possible; returns whether the block has ended. */
export function putOut(): bool {
  let at = OUTPUT;
  let current = entry;
  let left = rowsLeft;
  let equal = equalCount;
  let last = lastByte;
  const end = OUTPUT + OUTPUT_STEP;
  for (; left != 0 && at < end; left--) {
    const byte = current & 255;
    current = load<u32>(ROWS + (<usize>(current >> 8) << 2));
    if (equal == 4) {
      for (let until = at + byte; at < until; at++) store<u8>(at, <u8>last);
      equal = 0;
      last = 256;
      continue;
    }
    equal = byte == last ? equal + 1 : 1;
    last = byte;
    store<u8>(at++, <u8>byte);
  }
  entry = current;
  rowsLeft = left;
  equalCount = equal;
  lastByte = last;
  outputLength = <i32>(at - OUTPUT);
  register = updateCrc(register, OUTPUT, outputLength);
  return left == 0;
}

export function blockCrc(): u32 {
  return ~register;
}
