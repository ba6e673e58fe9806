/** The contract of `VolumeTarget` (`../sources/volume.ts`). */
import { StorageError } from "../errors.js";
import type { VolumeTarget } from "../sources/volume.js";
import { type CaseContext, type ContractCase, collectCases, type DeclareCase } from "./contract-case.js";
import { patternBytes } from "./objects.js";

/** A target, and access to its contents. */
export interface TargetUnderTest {
  readonly target: VolumeTarget;
  /** Reads all stored bytes of the volume; called after `sync`, and after `close`. */
  contents(): Promise<Uint8Array>;
}

/** Makes a target with room for at least `size` bytes, for one case, which closes it. */
export type MakeTarget = (size: number, context: CaseContext) => Promise<TargetUnderTest>;

const SIZE = 204_800;

/** Cases for `VolumeTarget`: complete writes at any offset, several at once, and no changes to other bytes. */
export function targetContract(makeTarget: MakeTarget): readonly ContractCase[] {
  return collectCases((test) => {
    writeCases(test, makeTarget);
    stateCases(test, makeTarget);
  });
}

function writeCases(test: DeclareCase, makeTarget: MakeTarget): void {
  test("what is written is there, and nothing else has changed", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    await target.sync();
    const wanted = new Uint8Array(await contents());
    for (const [offset, length] of [
      [0, 1],
      [4095, 8195],
      [SIZE - 1, 1],
      [100_000, 65_536],
    ] as const) {
      const bytes = patternBytes(length, offset % 97);
      wanted.set(bytes, offset);
      await target.write(bytes, offset);
    }
    await target.sync();
    await target.close();
    t.deepEqual(new Uint8Array(await contents()).subarray(0, SIZE), wanted.subarray(0, SIZE));
  });

  test("what is written again is replaced, by zeros as well", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    await target.write(patternBytes(50_000, 1), 0);
    await target.write(patternBytes(20_000, 2), 10_000);
    await target.write(new Uint8Array(5000), 12_000);
    await target.sync();
    await target.close();
    const wanted = patternBytes(50_000, 1);
    wanted.set(patternBytes(20_000, 2), 10_000);
    wanted.fill(0, 12_000, 17_000);
    t.deepEqual(new Uint8Array(await contents()).subarray(0, 50_000), wanted);
  });

  test("several writes at once do not disturb each other", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    const wanted = patternBytes(SIZE, 3);
    const offsets = Array.from({ length: SIZE / 8192 }, (_, i) => i * 8192);
    await Promise.all(
      offsets.reverse().map((offset) => target.write(wanted.subarray(offset, offset + 8192), offset)),
    );
    await target.sync();
    await target.close();
    t.deepEqual(new Uint8Array(await contents()).subarray(0, SIZE), wanted);
  });

  test("bytes may be reused as soon as a write resolves, in shared memory too", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    const wanted = patternBytes(SIZE, 4);
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const window = new Uint8Array(buffer, 64, 40_960);
    for (let offset = 0; offset < SIZE; offset += window.length) {
      window.set(wanted.subarray(offset, offset + window.length));
      await target.write(window, offset);
      window.fill(0xee);
    }
    await target.sync();
    await target.close();
    t.deepEqual(new Uint8Array(await contents()).subarray(0, SIZE), wanted);
  });
}

function stateCases(test: DeclareCase, makeTarget: MakeTarget): void {
  test("it has the room that was asked for", async (t) => {
    const { target } = await makeTarget(SIZE, t);
    t.true(target.size >= SIZE, `size is ${target.size}`);
    await target.close();
  });

  test("if it reports that it is zeroed, every byte is zero", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    await target.sync();
    if (target.isZeroed) t.true((await contents()).every((byte) => byte === 0));
    await target.close();
  });

  test("a write beyond the end, or before the beginning, is refused and changes nothing", async (t) => {
    const { target, contents } = await makeTarget(SIZE, t);
    await target.sync();
    const before = new Uint8Array(await contents());
    for (const [offset, length] of [
      [target.size, 1],
      [target.size - 1, 2],
      [-1, 2],
    ] as const) {
      const bytes = new Uint8Array(length).fill(0xee);
      const refusal = { instanceOf: StorageError };
      await t.throwsAsync(target.write(bytes, offset), refusal, `${length} bytes at offset ${offset}`);
    }
    await target.sync();
    await target.close();
    t.deepEqual(new Uint8Array(await contents()), before);
  });
}
