/**
 * Rows that this process holds and no longer works on: it could not write how their work ended, because the catalog was
 * away by then. Nobody else would repair them, since their holder is alive.
 */
import type { ServiceContext } from "../context.js";

export class Abandoned {
  readonly #context: ServiceContext;
  /** Rows that were held at the last look, when this process worked on nothing. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /**
   * Ids of the rows. A row counts at the second look in a row at which this process is idle and holds it, because a row
   * is taken a moment before its work begins.
   */
  async find(): Promise<ReadonlySet<string>> {
    const held = this.#isIdle ? await this.#held() : new Set<string>();
    const abandoned = new Set([...held].filter((id) => this.#isIdle && this.#suspects.has(id)));
    this.#suspects = held;
    return abandoned;
  }

  get #isIdle(): boolean {
    const { background, admission } = this.#context;
    return background.count === 0 && admission.ledger.runningCount === 0;
  }

  async #held(): Promise<Set<string>> {
    const { catalog, host } = this.#context;
    const rows = [
      ...(await catalog.volumes.held()),
      ...(await catalog.backups.held()),
      ...(await catalog.snapshots.held()),
    ];
    return new Set(rows.filter(({ holder }) => holder === host.holder).map(({ id }) => id));
  }
}
