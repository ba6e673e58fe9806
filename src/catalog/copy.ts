/**
 * Copies a catalog into an empty one, of SQLite or of PostgreSQL: in one transaction of each, every row read back and
 * compared. Operations are not copied, because a process that works with the one catalog does not know the other.
 */
import { IntegrityError, InvalidStateError } from "../errors.js";
import type { SqlDatabase, SqlRow, SqlSession } from "../ports.js";
import { migrate } from "./migrations.js";
import { source } from "./source.js";

/** One of the two catalogs. */
export interface CatalogEnd {
  readonly database: SqlDatabase;
  /** Path or address, for messages. */
  readonly shown: string;
  /** Name of this host, if several share the catalog: paths are stored with it. */
  readonly host?: string | undefined;
}

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

interface Table {
  readonly name: string;
  /** Columns of its primary key. */
  readonly key: readonly string[];
  /** Whether it has a column `source` that is a path of a host. */
  readonly hasSource?: boolean;
  /** Whether it has a column `holder`. */
  readonly isHeld?: boolean;
}

const TABLES: readonly Table[] = [
  { name: "volumes", key: ["id"], hasSource: true, isHeld: true },
  { name: "snapshots", key: ["id"], hasSource: true, isHeld: true },
  { name: "backups", key: ["id"], isHeld: true },
  { name: "quotas", key: ["project_id", "resource"] },
  { name: "messages", key: ["id"] },
  { name: "batch_runs", key: ["id"], isHeld: true },
  { name: "batch_items", key: ["run_id", "source"] },
  { name: "repositories", key: ["url"] },
  { name: "limits", key: ["scope", "name"] },
  { name: "history_entries", key: ["repository", "number"] },
];

/** Rows at a time; a transaction of PostgreSQL may not stand still for long. */
const PAGE = 200;

/** @throws InvalidStateError while operations work with the first, or when the second is not empty */
export async function copyCatalog(from: CatalogEnd, to: CatalogEnd): Promise<CopiedTable[]> {
  await migrate(from.database, from.shown);
  await migrate(to.database, to.shown);
  return await from.database.transaction(async (reading) => {
    await checkIdle(reading, from);
    return await to.database.transaction(async (writing) => {
      await checkEmpty(writing, to);
      const copied: CopiedTable[] = [];
      for (const table of TABLES) {
        const copy = new TableCopy(table, reading, writing, pathsBetween(from, to));
        copied.push({ table: table.name, rows: await copy.run() });
      }
      return copied;
    });
  });
}

async function checkIdle(session: SqlSession, { shown }: CatalogEnd): Promise<void> {
  const queries = TABLES.filter(({ isHeld }) => isHeld).map(
    ({ name }) => `SELECT COUNT(*) AS n FROM ${name} WHERE holder IS NOT NULL`,
  );
  for (const sql of ["SELECT COUNT(*) AS n FROM operations", ...queries]) {
    const [row] = await session.all(sql);
    if (row!.n === 0) continue;
    throw new InvalidStateError(
      `Cannot copy catalog ${shown}: operations work with it, or have been cut off; end them, and start ` +
        "`ashlar operation list` or `ashlar serve` with it once, which repairs what was cut off",
    );
  }
}

async function checkEmpty(session: SqlSession, { shown }: CatalogEnd): Promise<void> {
  for (const { name } of [...TABLES, { name: "operations" }]) {
    const [row] = await session.all(`SELECT COUNT(*) AS n FROM ${name}`);
    if (row!.n !== 0)
      throw new InvalidStateError(`Cannot copy into catalog ${shown}: it is not empty, it has ${name}`);
  }
}

/** A path of this host is stored with the host's name in a catalog of several, and without it in one of this host. */
function pathsBetween(from: CatalogEnd, to: CatalogEnd): (stored: string) => string {
  return (stored) => source(to.host).toSql(source(from.host).fromSql(stored)) as string;
}

class TableCopy {
  readonly #table: Table;
  readonly #reading: SqlSession;
  readonly #writing: SqlSession;
  readonly #path: (stored: string) => string;

  constructor(table: Table, reading: SqlSession, writing: SqlSession, path: (stored: string) => string) {
    this.#table = table;
    this.#reading = reading;
    this.#writing = writing;
    this.#path = path;
  }

  /** Resolves to the number of rows. */
  async run(): Promise<number> {
    for (let count = 0; ; count += PAGE) {
      const rows = (await this.#page(this.#reading, count)).map((row) => this.#translated(row));
      for (const row of rows) await this.#insert(row);
      if (rows.length < PAGE) {
        await this.#compare();
        return count + rows.length;
      }
    }
  }

  async #page(session: SqlSession, offset: number): Promise<SqlRow[]> {
    const { name, key } = this.#table;
    const sql = `SELECT * FROM ${name} ORDER BY ${key.join(", ")} LIMIT ? OFFSET ?`;
    return await session.all(sql, [PAGE, offset]);
  }

  #translated(row: SqlRow): SqlRow {
    if (!this.#table.hasSource || typeof row.source !== "string") return row;
    return { ...row, source: this.#path(row.source) };
  }

  async #insert(row: SqlRow): Promise<void> {
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    const sql = `INSERT INTO ${this.#table.name} (${names.join(", ")}) VALUES (${marks})`;
    await this.#writing.run(sql, Object.values(row));
  }

  /** @throws IntegrityError when a row is not the same in both */
  async #compare(): Promise<void> {
    for (let offset = 0; ; offset += PAGE) {
      const given = await this.#page(this.#reading, offset);
      const stored = await this.#page(this.#writing, offset);
      const isSame = given.every((row, i) => isEqual(this.#translated(row), stored[i]));
      if (!isSame || given.length !== stored.length)
        throw new IntegrityError(`Cannot copy table ${this.#table.name}: a row reads back differently`);
      if (given.length < PAGE) return;
    }
  }
}

function isEqual(given: SqlRow, stored: SqlRow | undefined): boolean {
  const names = Object.keys(given);
  return (
    stored !== undefined &&
    names.length === Object.keys(stored).length &&
    names.every((name) => given[name] === stored[name])
  );
}
