/** Where grid lines go. */

/** Round numbers from 0 to at least `highest`: four to six steps of 1, 2, 2.5 or 5 times a power of ten. */
export function ticksTo(highest: number): number[] {
  if (!(highest > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power * 6 >= highest * 1.000001)!;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
