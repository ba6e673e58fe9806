/**
 * The digests that a volume's blocks must have, a page at a time. In the usual layout every digest has a fixed position
 * in the table, so a page is read directly; a table of another layout is read from its start up to the page.
 */
import type { Chain } from "../chain/chain.js";
import type { StoredBackup } from "../chain/stored-backup.js";
import { openStored } from "../chain/stored-backup.js";
import { StoredTable } from "../chain/stored-table.js";
import { IntegrityError, inBackup } from "../errors.js";
import { DIGEST_ENTRY_SIZE, parseDigestEntries } from "../format/digest-entries.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { DIGEST_SIZE } from "../units.js";
import { PAGE_DIGESTS, PAGES_MAX } from "./image-memory-plan.js";

/** Location of the digests of one backup. */
export interface DigestTableLocation {
  readonly backup: StoredBackup;
  readonly blockCount: number;
  /** Offset in bytes of the first entry in the table; `undefined` in an unusual layout. */
  readonly firstEntry: number | undefined;
}

/** Inspects the newest table of the chain. */
export async function locateDigestTable(
  { links, plan }: Chain,
  hashes: Hashes,
): Promise<DigestTableLocation> {
  const { backup } = links.at(-1)!;
  const table = await StoredTable.open(backup, hashes);
  try {
    const firstEntry = table.firstEntry();
    return { backup, blockCount: plan.shape.blockCount, firstEntry };
  } finally {
    await table.close();
  }
}

/** A cache of the most recently used pages of all images. */
export class DigestPages {
  readonly #hashes: Hashes;
  readonly #pages = new Map<DigestTableLocation, Map<number, Promise<Uint8Array>>>();
  /** In the order of their last use. */
  #used: { readonly location: DigestTableLocation; readonly index: number }[] = [];
  readonly #scratch = new Uint8Array(PAGE_DIGESTS * DIGEST_ENTRY_SIZE);
  /** Pages are read one at a time, because there is one scratch buffer. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(hashes: Hashes) {
    this.#hashes = hashes;
  }

  /** Digests of the blocks from `index * PAGE_DIGESTS` on, 32 bytes each; they do not change afterwards. */
  get(location: DigestTableLocation, index: number): Promise<Uint8Array> {
    const known = this.#pages.get(location)?.get(index);
    this.#touch(location, index);
    if (known !== undefined) return known;
    const page = this.#turn.then(() => this.#read(location, index));
    this.#turn = page.catch(() => this.#forget(location, index));
    const pages = this.#pages.get(location) ?? new Map<number, Promise<Uint8Array>>();
    this.#pages.set(location, pages.set(index, page));
    return page;
  }

  #touch(location: DigestTableLocation, index: number): void {
    this.#used = this.#used.filter((page) => page.location !== location || page.index !== index);
    this.#used.push({ location, index });
    const oldest = this.#used.length > PAGES_MAX ? this.#used[0] : undefined;
    if (oldest !== undefined) this.#forget(oldest.location, oldest.index);
  }

  #forget(location: DigestTableLocation, index: number): void {
    this.#used = this.#used.filter((page) => page.location !== location || page.index !== index);
    const pages = this.#pages.get(location);
    pages?.delete(index);
    if (pages?.size === 0) this.#pages.delete(location);
  }

  async #read(location: DigestTableLocation, index: number): Promise<Uint8Array> {
    const first = index * PAGE_DIGESTS;
    const count = Math.min(PAGE_DIGESTS, location.blockCount - first);
    const digests = new Uint8Array(count * DIGEST_SIZE);
    const { backup, firstEntry } = location;
    if (firstEntry === undefined) await this.#readInOrder(backup, first, digests);
    else await this.#readEntries(backup, { at: firstEntry + first * DIGEST_ENTRY_SIZE, first }, digests);
    return digests;
  }

  async #readEntries(
    backup: StoredBackup,
    { at, first }: { readonly at: number; readonly first: number },
    digests: Uint8Array,
  ): Promise<void> {
    const name = digestTableName(backup.prefix);
    const reader = await openStored(backup, name, { offset: at });
    try {
      const entries = this.#scratch.subarray(0, (digests.length / DIGEST_SIZE) * DIGEST_ENTRY_SIZE);
      const count = await reader.readInto(entries);
      parseDigestEntries(entries.subarray(0, count), digests, { name, first });
    } catch (error) {
      throw inBackup(error, backup.backupId);
    } finally {
      await reader.close();
    }
  }

  async #readInOrder(backup: StoredBackup, first: number, digests: Uint8Array): Promise<void> {
    const table = await StoredTable.open(backup, this.#hashes);
    try {
      for (let passed = 0; passed < first; ) {
        const wanted = Math.min(PAGE_DIGESTS, first - passed) * DIGEST_SIZE;
        const count = await table.readInto(this.#scratch.subarray(0, wanted));
        if (count === 0) throw endsEarly(backup, passed);
        passed += count;
      }
      const count = await table.readInto(digests);
      if (count * DIGEST_SIZE < digests.length) throw endsEarly(backup, first + count);
    } finally {
      await table.close();
    }
  }
}

function endsEarly({ backupId, prefix }: StoredBackup, blockIndex: number): IntegrityError {
  const location = { backupId, objectName: digestTableName(prefix), blockIndex };
  return new IntegrityError("Cannot verify block: the digest table ends before it", location);
}
