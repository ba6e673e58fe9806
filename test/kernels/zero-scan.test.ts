import test from "ava";
import { MIB } from "../../src/units.js";
import { flavours } from "./engines.js";

for (const kernels of flavours) {
  test(`${kernels.flavour}: one byte that is not zero is found at each position of each length`, (t) => {
    const inside = kernels.allocate(512);
    const outside = new Uint8Array(512);
    let wrong = 0;
    for (let length = 0; length <= 300; length++) {
      for (const home of [inside, outside]) {
        const bytes = home.subarray(5, 5 + length);
        if (!kernels.isZero(bytes)) wrong++;
        for (let at = 0; at < length; at++) {
          bytes[at] = 1 << (at % 8);
          if (kernels.isZero(bytes)) wrong++;
          bytes[at] = 0;
        }
      }
    }
    t.is(wrong, 0);
  });

  test(`${kernels.flavour}: looks at nothing beside the range`, (t) => {
    const inside = kernels.allocate(512).fill(0xff);
    for (const [start, end] of [
      [0, 0],
      [1, 33],
      [64, 448],
      [100, 101],
      [7, 140],
    ] as const) {
      inside.fill(0, start, end);
      t.true(kernels.isZero(inside.subarray(start, end)));
      inside.fill(0xff);
    }
  });

  test(`${kernels.flavour}: large ranges outside are scanned to the end, piece by piece`, (t) => {
    const bytes = new Uint8Array(3 * MIB + 7);
    t.true(kernels.isZero(bytes));
    // Both sides of each border between pieces: 256 bytes, doubling up to 64 KiB.
    const borders = [256, 768, 1792, 32_512, 65_280, 130_816, 196_352, MIB, bytes.length];
    for (const at of borders.flatMap((border) => [border - 1, border]).filter((at) => at < bytes.length)) {
      bytes[at] = 0x80;
      t.false(kernels.isZero(bytes), `byte ${at}`);
      bytes[at] = 0;
    }
  });
}
