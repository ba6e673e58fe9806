/**
 * Chooses up to six codes for a block, and for each group of 50 symbols the code that takes the fewest bits.
 *
 * Good codes depend on the groups that use them, and the choice of a group on the codes. So start with codes for ranges
 * of the alphabet, and then four times choose a code for each group, and make each code optimal for its groups.
 */
import { makeLengths } from "./code-lengths";
import { CODED, COSTS, FREQUENCIES, LENGTHS, ROW, SELECTORS, TABLE_FREQUENCIES } from "./encode-layout";
import { codedCount, symbolCount } from "./encode-symbols";
import { GROUP } from "./layout";

const ROUNDS: i32 = 4;
/** In the first round, the cost of a symbol in a code for another range. */
const FAR: u8 = 15;
/** Bits of the cost of a group in one code: 50 symbols of 17 bits at most. All six fit into one word. */
const COST_BITS: u64 = 10;
const COST_MASK: u64 = 1023;

export let tableCount: i32 = 0;
export let groupCount: i32 = 0;

export function chooseTables(): void {
  // In a short block, more codes take more bits than they save; the reference encoder has the same steps.
  tableCount = codedCount < 200 ? 2 : codedCount < 600 ? 3 : codedCount < 1200 ? 4 : codedCount < 2400 ? 5 : 6;
  groupCount = (codedCount + GROUP - 1) / GROUP;
  divideAlphabet();
  for (let round = 0; round < ROUNDS; round++) {
    packCosts();
    memory.fill(TABLE_FREQUENCIES, 0, <usize>tableCount * 4 * ROW);
    selectTables();
    for (let table = 0; table < tableCount; table++) {
      makeLengths(TABLE_FREQUENCIES + <usize>table * 4 * ROW, symbolCount, LENGTHS + <usize>table * ROW);
    }
  }
}

/** Assigns each table a range of symbols that make up about the same part of the block. */
function divideAlphabet(): void {
  let symbol = 0;
  let left = <u32>codedCount;
  for (let table = 0; table < tableCount; table++) {
    const aim = left / (tableCount - table);
    const first = symbol;
    let sum: u32 = 0;
    while (symbol < symbolCount && (sum < aim || table == tableCount - 1)) {
      sum += load<u32>(FREQUENCIES + (<usize>symbol << 2));
      symbol++;
    }
    left -= sum;
    const lengths = LENGTHS + <usize>table * ROW;
    memory.fill(lengths, FAR, symbolCount);
    memory.fill(lengths + first, 0, symbol - first);
  }
}

function packCosts(): void {
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    let packed: u64 = 0;
    for (let table = tableCount - 1; table >= 0; table--) {
      packed = (packed << COST_BITS) | load<u8>(LENGTHS + <usize>table * ROW + symbol);
    }
    store<u64>(COSTS + (<usize>symbol << 3), packed);
  }
}

function selectTables(): void {
  const codedEnd = CODED + (<usize>codedCount << 1);
  for (let group = 0; group < groupCount; group++) {
    const first = CODED + <usize>group * 2 * GROUP;
    const end = min(first + 2 * GROUP, codedEnd);
    let costs: u64 = 0;
    for (let at = first; at < end; at += 2) costs += load<u64>(COSTS + (<usize>load<u16>(at) << 3));
    const table = cheapest(costs);
    store<u8>(SELECTORS + group, <u8>table);
    const frequencies = TABLE_FREQUENCIES + <usize>table * 4 * ROW;
    for (let at = first; at < end; at += 2) {
      const slot = frequencies + (<usize>load<u16>(at) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
  }
}

// @ts-ignore: decorator
@inline
function cheapest(costs: u64): i32 {
  let best = 0;
  let bestCost = costs & COST_MASK;
  for (let table = 1; table < tableCount; table++) {
    costs >>= COST_BITS;
    const cost = costs & COST_MASK;
    if (cost < bestCost) {
      bestCost = cost;
      best = table;
    }
  }
  return best;
}
