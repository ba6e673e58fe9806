/**
 * The holes of a full backup that no stage sees as windows: `read` leaves them out, `digest` prints their entries, `diff`
 * places them between the extents, and `compress` makes their objects.
 */
import type { Codec, Encoder } from "../../codecs/codec.js";
import type { Hashes } from "../../ports.js";
import type { Ranges } from "../../sources/ranges.js";
import type { Compute } from "../run/compute.js";
import type { Progress } from "../run/run.js";
import { HoleEncoder, plainZeros } from "./encode-hole.js";
import { HoleEntries } from "./hole-entries.js";
import { HoleLayout } from "./hole-layout.js";
import type { TableObject } from "./table-object.js";

export interface Holes {
  readonly layout: HoleLayout;
  readonly entries: HoleEntries;
  readonly encoder: HoleEncoder;
}

export interface HolesOptions {
  /** Ranges that may have other bytes than zeros. */
  readonly data: Ranges | undefined;
  /** `undefined` stores plain bytes. */
  readonly coding: { readonly codec: Codec; readonly encoder: Encoder } | undefined;
  readonly blockSize: number;
  readonly chunkSize: number;
  readonly windowSize: number;
  readonly volumeSize: number;
  readonly compute: Compute;
  readonly hashes: Pick<Hashes, "sha256">;
  readonly table: TableObject;
  readonly progress: Progress;
}

/** `undefined` if there are none, or the codec has to read zeros. */
export function holesOf(options: HolesOptions): Holes | undefined {
  const { data, coding, windowSize, compute } = options;
  const zeros = coding === undefined ? plainZeros : coding.encoder.zeros;
  if (data === undefined || zeros === undefined) return undefined;
  const layout = new HoleLayout(data, options);
  const lengths = layout.lengths();
  if (lengths.length === 0) return undefined;
  const id = coding?.codec.id ?? "none";
  const encode = zeros.bind(coding?.encoder);
  return {
    layout,
    entries: new HoleEntries(options),
    encoder: new HoleEncoder({ id, zeros: encode }, { compute, lengths, windowSize }),
  };
}
