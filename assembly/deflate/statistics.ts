/**
 * Block boundaries: a new block begins where codes of its own save more than a header costs. Every few KiB (a unit), the
 * entropy of the unit's symbols is compared with the entropy that they would add to the block.
 */
import {
  DISTANCE_FREQUENCIES,
  LITERAL_FREQUENCIES,
  LITERAL_SYMBOLS,
  UNIT_DISTANCE_FREQUENCIES,
  UNIT_LITERAL_FREQUENCIES,
} from "./layout";

/** The assumed size of a header in bits, and the fraction bits of entropies. */
const HEADER_BITS: u64 = 8 * 80;
const FRACTION_BITS: u32 = 8;
const ALPHABETS: i32 = LITERAL_SYMBOLS + 32;

/** 256 times the binary logarithm of 1 + i/256. */
const LOGARITHMS: usize = memory.data(2 * 256, 16);

export function fillLogarithms(): void {
  for (let i = 0; i < 256; i++) {
    store<u16>(LOGARITHMS + (<usize>i << 1), <u16>(logarithm(<f64>(256 + i) / 256) * 256));
  }
}

/** The binary logarithm of a number of at least 1 and below 2, by squaring. */
function logarithm(x: f64): f64 {
  let log: f64 = 0;
  for (let bit: f64 = 0.5; bit > 0.0001; bit /= 2) {
    x *= x;
    if (x >= 2) {
      log += bit;
      x /= 2;
    }
  }
  return log;
}

/** n log2 n, with the fraction bits. */
// @ts-ignore: decorator
@inline
function weight(n: u32): u64 {
  if (n < 2) return 0;
  const log = 31 - clz(n);
  const mantissa = log <= 8 ? (n << (8 - log)) & 255 : (n >> (log - 8)) & 255;
  return (<u64>n) * ((log << FRACTION_BITS) + <u32>load<u16>(LOGARITHMS + (<usize>mantissa << 1)));
}

/** Number of symbols in the block, by alphabet. */
let literalCount: u32 = 0;
let distanceCount: u32 = 0;

export function startStatistics(): void {
  memory.fill(LITERAL_FREQUENCIES, 0, 4 * ALPHABETS);
  literalCount = 0;
  distanceCount = 0;
}

let unitCount: u32 = 0;
let unitWeight: u64 = 0;
let addedWeight: u64 = 0;

function sumUp(unit: usize, block: usize, count: i32): void {
  unitCount = 0;
  const end = unit + (<usize>count << 2);
  for (; unit < end; unit += 4, block += 4) {
    const n = load<u32>(unit);
    if (n == 0) continue;
    unitCount += n;
    unitWeight += weight(n);
    const before = load<u32>(block);
    addedWeight += weight(before + n) - weight(before);
  }
}

/** Whether the unit should begin another block; if not, it is added to the block. */
export function isNewKind(): bool {
  unitWeight = 0;
  addedWeight = 0;
  sumUp(UNIT_LITERAL_FREQUENCIES, LITERAL_FREQUENCIES, LITERAL_SYMBOLS);
  const unitLiterals = unitCount;
  sumUp(UNIT_DISTANCE_FREQUENCIES, DISTANCE_FREQUENCIES, 32);
  const unitDistances = unitCount;
  // Entropy of an alphabet: N log N minus the sum of n log n.
  const apart = weight(unitLiterals) + weight(unitDistances) - unitWeight;
  const together =
    weight(literalCount + unitLiterals) -
    weight(literalCount) +
    weight(distanceCount + unitDistances) -
    weight(distanceCount) -
    addedWeight;
  if (literalCount + distanceCount > 0 && together > apart + (HEADER_BITS << FRACTION_BITS)) return true;
  takeUnit();
  literalCount += unitLiterals;
  distanceCount += unitDistances;
  return false;
}

/** Adds the unit's frequencies to the block's, and begins the next unit. */
function takeUnit(): void {
  for (let i: usize = 0; i < 4 * ALPHABETS; i += 4) {
    store<u32>(LITERAL_FREQUENCIES + i, load<u32>(LITERAL_FREQUENCIES + i) + load<u32>(UNIT_LITERAL_FREQUENCIES + i));
  }
  startUnit();
}

export function startUnit(): void {
  memory.fill(UNIT_LITERAL_FREQUENCIES, 0, 4 * ALPHABETS);
}
