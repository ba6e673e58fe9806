/** A volume as another one would be after some writes: the incremental backups of a benchmark read it. */
import type { VolumeSource } from "../sources/volume.js";
import { KIB } from "../units.js";
import { mixed } from "./random.js";

/** Writes of file systems and databases come in runs. */
const CHANGE_SIZE: number = 256 * KIB;
/** Bytes of each 4 KiB page of a change that differ: enough for any block, and what compressed well still does. */
const PAGE_SIZE: number = 4 * KIB;
const DIFFERENCE_SIZE = 16;

export class ChangedVolume implements VolumeSource {
  readonly size: number;
  readonly #base: VolumeSource;
  readonly #changeShare: number;

  /** @param changeShare from 0 to 1 */
  constructor(base: VolumeSource, changeShare: number) {
    this.#base = base;
    this.#changeShare = changeShare;
    this.size = base.size;
  }

  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    await this.#base.readInto(buffer, offset);
    const firstPage = Math.ceil(offset / PAGE_SIZE) * PAGE_SIZE;
    for (let page = firstPage; page < offset + buffer.length; page += PAGE_SIZE) {
      const change = Math.floor(page / CHANGE_SIZE);
      if (mixed(0xc4a9, change) >= this.#changeShare) continue;
      const bytes = buffer.subarray(page - offset, page - offset + DIFFERENCE_SIZE);
      for (let at = 0; at < bytes.length; at++) bytes[at]! ^= (1 + mixed(page, at) * 255) | 0;
    }
  }

  /** The caller closes the base. */
  async close(): Promise<void> {}
}
