/**
 * The background tasks that ended last in this process. Their operations are gone from the catalog by then, and a
 * verification changes no record, so this is where a caller learns the outcome.
 */
import type { BackgroundSubject } from "./background-subject.js";

/** A background task that has ended. */
export interface EndedTask extends BackgroundSubject {
  /** The project of the caller who requested it. */
  readonly projectId: string;
  readonly endedAt: Date;
  /** Why it failed; `undefined` if it did not. */
  readonly error: string | undefined;
}

const KEPT_MAX = 100;

export class EndedTasks {
  readonly #tasks: EndedTask[] = [];

  add(task: EndedTask): void {
    this.#tasks.push(task);
    if (this.#tasks.length > KEPT_MAX) this.#tasks.shift();
  }

  /** The latest first. */
  list(): readonly EndedTask[] {
    return [...this.#tasks].reverse();
  }
}
