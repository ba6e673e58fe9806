/**
 * compress: encodes each extent's plain bytes as the bytes of its object, in order, with several encodings at once.
 *
 * Most codecs encode an extent piece by piece as they come (`encode-pieces.ts`); a codec that must know an object's
 * length first gets the whole object (`encode-whole.ts`).
 */
import type { Codec, Encoder, WholeEncoder } from "../../codecs/codec.js";
import { MD5_LANES } from "../../kernels/lane-count.js";
import { TransformStream } from "../../streams.js";
import type { MemoryBudget } from "../memory/budget.js";
import type { BufferPool } from "../memory/pool.js";
import type { Compute } from "../run/compute.js";
import type { StageMeter } from "../run/profile.js";
import { ContentMd5 } from "./content-md5.js";
import type { HoleEncoder } from "./encode-hole.js";
import { type PieceCoding, PieceEncoding } from "./encode-pieces.js";
import { WholeEncoding } from "./encode-whole.js";
import { type ExtentEncoding, ExtentSummary } from "./extent-encoding.js";
import { GatheredMd5s } from "./gathered-md5s.js";
import type { ProbeChunk } from "./probe.js";
import type { EncodedPiece, Extent, ExtentPiece, HoleExtent } from "./window.js";

/** A codec that encodes objects as a whole. */
export interface WholeCoding {
  readonly codec: Codec;
  readonly encoder: WholeEncoder;
  /** Buffers of the size of an object, one for each of the concurrent encodings. */
  readonly pool: BufferPool;
}

/** Options of `compress`. */
export interface CompressOptions {
  /** `undefined` stores plain bytes. */
  readonly coding: PieceCoding | WholeCoding | undefined;
  readonly probe: ProbeChunk;
  readonly compute: Compute;
  /** How many pieces may be worked on at once. */
  readonly concurrency: number;
  /** Provides memory for encoded bytes and encoders; acquired in the order of the pieces, as `budget.ts` requires. */
  readonly budget: MemoryBudget;
  /** Required if holes come. */
  readonly holes?: HoleEncoder | undefined;
  readonly meter?: StageMeter | undefined;
}

/** The stage that encodes extents: plain pieces and holes in, pieces of objects out, in their order. */
export function compress(options: CompressOptions): TransformStream<ExtentPiece | HoleExtent, EncodedPiece> {
  const { meter, coding } = options;
  const zeroMd5s = new Map<number, Promise<string>>();
  const md5s = new GatheredMd5s(options.compute, md5sAtOnce(coding));
  const pending: Promise<EncodedPiece>[] = [];
  let current: ExtentEncoding | undefined;
  // A whole object reports its own times, since its waits at the end are not work of this stage.
  const partMeter = isWhole(coding) ? undefined : meter;
  // A piece's failure is thrown when the piece is awaited in its turn; until then it must not count as unhandled.
  const settled = (): void => partMeter?.end();

  const queue = (encoded: Promise<EncodedPiece>[]): void => {
    for (const piece of encoded) {
      partMeter?.start();
      piece.then(settled, settled);
      pending.push(piece);
    }
  };
  const drain = async (controller: TransformStreamDefaultController<EncodedPiece>, atMost: number) => {
    while (pending.length > atMost) {
      const piece = await pending.shift()!;
      meter?.give(piece.plainLength);
      controller.enqueue(piece);
    }
  };
  const start = async (extent: Extent, controller: TransformStreamDefaultController<EncodedPiece>) => {
    const { budget, probe } = options;
    if (!isWhole(coding)) {
      const summary = new ExtentSummary(new ContentMd5(options.compute, zeroMd5s));
      return new PieceEncoding(extent, { coding, budget, probe }, summary);
    }
    const { codec, encoder, pool } = coding;
    // Each pending object may need its buffer until it is stored, so it must leave this stage first.
    await drain(controller, encoder.concurrency - 1);
    const buffer = await pool.acquire();
    return new WholeEncoding(extent, { codec, encoder, buffer, budget, md5s, meter });
  };

  const finish = (): void => {
    if (current !== undefined) queue(current.finish());
    current = undefined;
  };
  const takeHole = async (hole: HoleExtent) => {
    finish();
    // Objects that wait for others, to compute their MD5s together, must not wait beyond the hole.
    md5s.flush();
    pending.push(...(await options.holes!.encode(hole)));
  };

  return new TransformStream<ExtentPiece | HoleExtent, EncodedPiece>({
    async transform(piece, controller) {
      if ("bytes" in piece) {
        meter?.take(piece.bytes.length);
        if (current !== undefined && current.extent !== piece.extent) finish();
        current ??= await start(piece.extent, controller);
        queue(current.add(piece));
      } else await takeHole(piece);
      await drain(controller, options.concurrency);
    },
    async flush(controller) {
      finish();
      md5s.flush();
      await drain(controller, 0);
    },
  });
}

/** As many MD5s as a SIMD vector has lanes, if that many objects and the next can be gathered at the same time. */
function md5sAtOnce(coding: CompressOptions["coding"]): number {
  return isWhole(coding) && coding.encoder.concurrency > MD5_LANES ? MD5_LANES : 1;
}

function isWhole(coding: CompressOptions["coding"]): coding is WholeCoding {
  return coding?.encoder.kind === "whole";
}

/** @param makePool makes the buffers for whole objects, if the encoder takes them */
export function codingOf(
  codec: Codec,
  encoder: Encoder,
  makePool: () => BufferPool,
): NonNullable<CompressOptions["coding"]> {
  return encoder.kind === "pieces" ? { codec, encoder } : { codec, encoder, pool: makePool() };
}
