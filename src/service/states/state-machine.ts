/** A table of statuses and events: checked before an operation, for its message, and applied to rows of the catalog. */
import type { CatalogRow, Changes, Rows } from "../../catalog/rows.js";
import { InvalidStateError } from "../../errors.js";

/** The effect of an event, and the statuses in which it may happen. */
export interface Transition<Status extends string> {
  readonly from: readonly Status[];
  /** The statuses that may follow: several if the previous status returns, none if the status stays. */
  readonly to: readonly Status[];
  /** The message for any other status, in the reference system's words where it has some. */
  readonly refusal: (status: Status) => string;
}

export type Transitions<Status extends string, Event extends string> = Readonly<
  Record<Event, Transition<Status>>
>;

export interface MachineDescription<Status extends string, Event extends string> {
  /** The word for one row in messages. */
  readonly noun: string;
  readonly transitions: Transitions<Status, Event>;
}

export class StateMachine<Status extends string, Event extends string> {
  readonly #noun: string;
  readonly #transitions: Transitions<Status, Event>;

  constructor({ noun, transitions }: MachineDescription<Status, Event>) {
    this.#noun = noun;
    this.#transitions = transitions;
  }

  get events(): readonly Event[] {
    return Object.keys(this.#transitions) as Event[];
  }

  allows(event: Event, status: Status): boolean {
    return this.#transitions[event].from.includes(status);
  }

  /** @throws InvalidStateError when the event cannot happen to the row as it is */
  check({ id, status }: Pick<CatalogRow<Status>, "id" | "status">, event: Event): void {
    const { from, refusal } = this.#transitions[event];
    if (from.includes(status)) return;
    throw new InvalidStateError(`Invalid ${this.#noun} ${id}: ${refusal(status)}`);
  }

  /**
   * Applies the event to the row, along with `changes`, if its status allows it. Resolves to whether it did: of several
   * concurrent attempts, one succeeds.
   * @param changes with `status` if several may follow
   * @throws RangeError for a status that does not follow
   */
  async move<R extends CatalogRow<Status>>(
    rows: Rows<Status, R>,
    id: string,
    event: Event,
    changes: Changes<R> = {},
  ): Promise<boolean> {
    const { from, to } = this.#transitions[event];
    const target = (changes.status as Status | undefined) ?? (to.length === 1 ? to[0] : undefined);
    if (target === undefined || !to.includes(target))
      throw new RangeError(`No status "${target}" follows ${event} of a ${this.#noun}`);
    return await rows.transition(id, from, target, changes);
  }
}
