/** The contract of `VolumeSource` (`../sources/volume.ts`). */
import { StorageError } from "../errors.js";
import type { VolumeSource } from "../sources/volume.js";
import { type CaseContext, type ContractCase, collectCases, type DeclareCase } from "./contract-case.js";
import { patternBytes } from "./objects.js";

/** Makes a source whose volume contains `bytes`, for one case, which closes it. */
export type MakeSource = (bytes: Uint8Array, context: CaseContext) => Promise<VolumeSource>;

/** Properties of a source that the cases depend on. */
export interface SourceContractOptions {
  /** The size of a volume must be a multiple of this, as with block devices. Bytes. @default {1} */
  readonly sizeUnit?: number;
}

/** Cases for `VolumeSource`: complete reads at any offset, several at once, and no byte from outside the volume. */
export function sourceContract(
  makeSource: MakeSource,
  options: SourceContractOptions = {},
): readonly ContractCase[] {
  const { sizeUnit = 1 } = options;
  const volume = patternBytes(Math.ceil(300_007 / sizeUnit) * sizeUnit, 1);
  const open = async (t: CaseContext): Promise<VolumeSource> => {
    const source = await makeSource(volume.slice(), t);
    t.teardown(() => source.close());
    return source;
  };
  return collectCases((test) => {
    readCases(test, volume, open);
    rangeCases(test, volume, open);
  });
}

type Open = (t: CaseContext) => Promise<VolumeSource>;

function readCases(test: DeclareCase, volume: Uint8Array, open: Open): void {
  test("its size is the volume's", async (t) => {
    t.is((await open(t)).size, volume.length);
  });

  test("a read fills its buffer, wherever it begins", async (t) => {
    const source = await open(t);
    for (const [offset, length] of [
      [0, volume.length],
      [0, 1],
      [1, 4096],
      [4095, 65_537],
      [131_071, 2],
      [volume.length - 1, 1],
      [volume.length - 70_001, 70_001],
    ] as const) {
      const buffer = new Uint8Array(length);
      await source.readInto(buffer, offset);
      const wanted = volume.subarray(offset, offset + length);
      t.deepEqual(buffer, wanted, `${length} bytes at offset ${offset}`);
    }
  });

  test("several reads at once do not disturb each other", async (t) => {
    const source = await open(t);
    const offsets = Array.from({ length: 24 }, (_, i) => (i * 7919 * 13) % (volume.length - 10_000));
    const buffers = offsets.map(() => new Uint8Array(10_000));
    await Promise.all(offsets.map((offset, i) => source.readInto(buffers[i]!, offset)));
    for (const [i, offset] of offsets.entries()) {
      const wanted = volume.subarray(offset, offset + 10_000);
      t.deepEqual(buffers[i]!, wanted, `offset ${offset}`);
    }
  });

  test("a read into a part of shared memory changes nothing around it", async (t) => {
    const source = await open(t);
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer);
    memory.fill(0xee);
    await source.readInto(memory.subarray(100, 5100), 60_000);
    t.deepEqual(memory.slice(100, 5100), volume.subarray(60_000, 65_000));
    t.true([...memory.slice(0, 100), ...memory.slice(5100)].every((byte) => byte === 0xee));
  });

  test("what a reader does with its buffer does not change the volume", async (t) => {
    const source = await open(t);
    const buffer = new Uint8Array(5000);
    await source.readInto(buffer, 1000);
    buffer.fill(0);
    await source.readInto(buffer, 1000);
    t.deepEqual(buffer, volume.subarray(1000, 6000));
  });
}

function rangeCases(test: DeclareCase, { length }: Uint8Array, open: Open): void {
  test("a read beyond the end, or before the beginning, is refused", async (t) => {
    const source = await open(t);
    for (const [offset, count] of [
      [length, 1],
      [length - 1, 2],
      [0, length + 1],
      [-1, 1],
    ] as const) {
      const refusal = { instanceOf: StorageError };
      await t.throwsAsync(
        source.readInto(new Uint8Array(count), offset),
        refusal,
        `${count} bytes at offset ${offset}`,
      );
    }
    await source.readInto(new Uint8Array(1), length - 1);
  });

  test("it can be closed with nothing read", async (t) => {
    await open(t);
  });
}
