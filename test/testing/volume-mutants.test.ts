import test from "ava";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import type { VolumeSource, VolumeTarget } from "../../src/sources/volume.js";
import { sourceContract, targetContract } from "../../src/testing/index.js";
import { changed, type Mutants, mutantTests } from "./mutants.js";

function sources(
  change: (source: MemorySource, bytes: Uint8Array) => Partial<VolumeSource>,
): Mutants[string] {
  return () =>
    sourceContract(async (bytes) => {
      const source = new MemorySource(bytes);
      return changed<VolumeSource>(source, change(source, bytes));
    });
}

/** A source that works on one buffer for all reads. */
const muddled = sources((source) => {
  const shared = new Uint8Array(300_007);
  return {
    async readInto(buffer, offset) {
      await source.readInto(shared.subarray(0, buffer.length), offset);
      await Promise.resolve();
      buffer.set(shared.subarray(0, buffer.length));
    },
  };
});

mutantTests(test, "source", {
  whole: sourceContract(async (bytes) => new MemorySource(bytes)),
  mutants: {
    "its size is the volume's": sources((source) => ({ size: source.size - 1 })),
    "a read fills its buffer, wherever it begins": sources((source) => ({
      readInto: (buffer, offset) => source.readInto(buffer.subarray(0, 65_536), offset),
    })),
    "several reads at once do not disturb each other": muddled,
    "a read into a part of shared memory changes nothing around it": sources((source) => ({
      async readInto(buffer, offset) {
        await source.readInto(buffer, offset);
        new Uint8Array(buffer.buffer)[0] = 1;
      },
    })),
    "what a reader does with its buffer does not change the volume": sources((source, bytes) => {
      let last = new Uint8Array(0);
      return {
        async readInto(buffer, offset) {
          bytes.set(last, offset);
          await source.readInto(buffer, offset);
          last = buffer as Uint8Array<ArrayBuffer>;
        },
      };
    }),
    "a read beyond the end, or before the beginning, is refused": sources((source) => ({
      readInto: (buffer, offset) => source.readInto(buffer, offset).catch(() => {}),
    })),
    "it can be closed with nothing read": sources(() => ({
      close: () => Promise.reject(new Error("nothing was read")),
    })),
  },
});

function targets(change: (target: MemoryTarget) => Partial<VolumeTarget>): Mutants[string] {
  return () =>
    targetContract(async (size) => {
      const target = new MemoryTarget({ size });
      return { target: changed<VolumeTarget>(target, change(target)), contents: async () => target.bytes };
    });
}

mutantTests(test, "target", {
  whole: targetContract(async (size) => {
    const target = new MemoryTarget({ size });
    return { target, contents: async () => target.bytes };
  }),
  mutants: {
    "what is written is there, and nothing else has changed": targets((target) => ({
      write: async (bytes, offset) => {
        await target.write(bytes, offset);
        target.bytes[Math.max(0, offset - 1)] = 0x77;
      },
    })),
    "what is written again is replaced, by zeros as well": targets((target) => ({
      write: async (bytes, offset) => {
        if (bytes.some((byte) => byte !== 0)) await target.write(bytes, offset);
      },
    })),
    "several writes at once do not disturb each other": targets((target) => {
      let position = 0;
      return {
        write: async (bytes, offset) => {
          position = offset;
          await Promise.resolve();
          await target.write(bytes, position);
        },
      };
    }),
    "bytes may be reused as soon as a write resolves, in shared memory too": targets((target) => {
      const kept: { bytes: Uint8Array; offset: number }[] = [];
      return {
        write: async (bytes, offset) => void kept.push({ bytes, offset }),
        sync: async () => {
          for (const { bytes, offset } of kept.splice(0)) await target.write(bytes, offset);
        },
      };
    }),
    "it has the room that was asked for": targets((target) => ({ size: target.size - 1 })),
    "if it reports that it is zeroed, every byte is zero": targets((target) => {
      target.bytes[5] = 1;
      return {};
    }),
    "a write beyond the end, or before the beginning, is refused and changes nothing": targets((target) => ({
      write: async (bytes, offset) => {
        target.bytes.set(bytes.subarray(0, Math.max(0, target.size - offset)), Math.max(0, offset));
        await target.write(bytes, offset);
      },
    })),
  },
});
