/** The digest table of a damaged chain: as many digests as can be read, and unknown ones for the rest. */
import { IntegrityError } from "../errors.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { DIGEST_SIZE } from "../units.js";
import { orDamage } from "./damage.js";
import { readAgain } from "./read-again.js";
import type { ReadingOptions, StoredBackup } from "./stored-backup.js";
import { StoredTable } from "./stored-table.js";

/** What a digest table is good for. */
export interface TableCondition {
  readonly header: StoredTable["header"] | undefined;
  /** Digests before the first that cannot be read. */
  readonly knownCount: number;
  /** Whether all of it was read, so that `knownCount` is the number of the volume's blocks. */
  readonly isWhole: boolean;
  /** Whether its bytes are those that the catalog recorded. */
  readonly isProven: boolean;
  readonly damage: IntegrityError | undefined;
}

const NOTHING_KNOWN = { header: undefined, knownCount: 0, isWhole: false, isProven: false } as const;

/** Reads the whole table of `backup`; a table that a network changed is read again. */
export async function inspectTable(
  backup: StoredBackup,
  hashes: Hashes,
  options: ReadingOptions,
): Promise<TableCondition> {
  const inspect = (): Promise<TableCondition> => inspectOnce(backup, hashes, options);
  const location = { backupId: backup.backupId, objectName: digestTableName(backup.prefix) };
  const intact = await orDamage(location, () =>
    readAgain([backup.sink], async () => {
      const condition = await inspect();
      if (condition.damage !== undefined) throw condition.damage;
      return condition;
    }),
  );
  return "value" in intact ? intact.value : await inspect();
}

async function inspectOnce(
  backup: StoredBackup,
  hashes: Hashes,
  options: ReadingOptions,
): Promise<TableCondition> {
  const location = { backupId: backup.backupId, objectName: digestTableName(backup.prefix) };
  const opened = await orDamage(location, () => StoredTable.open(backup, hashes, options));
  if ("damage" in opened) return { ...NOTHING_KNOWN, damage: opened.damage };
  const table = opened.value;
  try {
    const { header } = table;
    if (header.backupId !== backup.backupId) {
      const damage = new IntegrityError(`Cannot use digest table: it is of ${header.backupId}`, location);
      return { ...NOTHING_KNOWN, damage };
    }
    const counted = await orDamage(location, () => table.countAll());
    const isProven = "value" in counted && backup.digestTableSha256 !== undefined;
    const damage = "damage" in counted ? counted.damage : undefined;
    return { header, knownCount: table.count, isWhole: table.isAtEnd, isProven, damage };
  } finally {
    await table.close();
  }
}

/** Every byte of an unknown digest. No data is known that has it. */
const UNKNOWN = 0;

/** The digests of a table in order, followed by unknown ones up to `blockCount`. */
export class DamagedTable {
  readonly #open: () => Promise<StoredTable>;
  readonly #knownCount: number;
  readonly #blockCount: number;
  #table: Promise<StoredTable> | undefined;
  #position = 0;

  constructor(
    backup: StoredBackup,
    counts: { readonly knownCount: number; readonly blockCount: number },
    { hashes, signal }: ReadingOptions & { readonly hashes: Hashes },
  ) {
    this.#open = () => StoredTable.open(backup, hashes, { signal });
    this.#knownCount = Math.min(counts.knownCount, counts.blockCount);
    this.#blockCount = counts.blockCount;
  }

  async readInto(digests: Uint8Array): Promise<number> {
    const room = Math.floor(digests.length / DIGEST_SIZE);
    const count = Math.min(room, this.#blockCount - this.#position);
    const known = Math.max(0, Math.min(count, this.#knownCount - this.#position));
    if (known > 0) {
      this.#table ??= this.#open();
      await (await this.#table).readInto(digests.subarray(0, known * DIGEST_SIZE));
    }
    digests.fill(UNKNOWN, known * DIGEST_SIZE, count * DIGEST_SIZE);
    this.#position += count;
    return count;
  }

  async close(): Promise<void> {
    const table = await this.#table?.catch(() => undefined);
    await table?.close();
  }
}
