/**
 * Where a run's time goes, stage by stage: at every moment a stage either works, or waits for input, or waits for
 * output, and the three add up to the time from the run's first moment to its last.
 *
 *     take, start, end and give are told by the stages; between two of them
 *       a stage with anything in work is busy
 *       else, if there is something that the stage before has given and it has not taken, it waits for output:
 *         the stages after it, or the buffers that they hold, keep it from continuing
 *       else it waits for input
 *
 * The bottleneck is the stage that is busy while those before it wait for output and those after it for input. What is in
 * work may lie in the queue of a thread. Nothing is allocated for a window; without a profile a stage does not even look
 * at the clock.
 */
import type { Clock } from "../../ports.js";

/** Where the time of one stage went, from the run's first moment to its last. */
export interface StageFigures {
  /** A verb, as the stages are named. */
  readonly stage: string;
  /** Bytes that it took in: of the volume, or of objects as stored. */
  readonly bytes: number;
  readonly busySeconds: number;
  readonly waitInputSeconds: number;
  readonly waitOutputSeconds: number;
}

const BUSY = 0;
const WAIT_INPUT = 1;
const WAIT_OUTPUT = 2;

/** What one stage tells of its work. */
export class StageMeter {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #before: StageMeter | undefined;
  #after: StageMeter | undefined;
  /** Milliseconds in each state; an array of numbers, because a field would make a new one for every value. */
  readonly #times = new Float64Array(3);
  #state = WAIT_INPUT;
  /** The run's first moment: of all stages the same, whenever they were put together. */
  readonly #begun: number;
  #since: number;
  /** Things in work. */
  #working = 0;
  #taken = 0;
  #given = 0;
  #hasInput: boolean;

  constructor(name: string, clock: Clock, before: StageMeter | undefined) {
    this.#name = name;
    this.#clock = clock;
    this.#before = before;
    this.#begun = before === undefined ? clock.monotonicMs() : before.#begun;
    this.#since = this.#begun;
    // The first stage has the whole volume before it.
    this.#hasInput = before === undefined;
    if (before !== undefined) before.#after = this;
  }

  /** Takes in bytes that the stage before gave. */
  take(bytes: number): void {
    this.#taken += bytes;
    this.#update();
  }

  /** Begins to work on something, beside what is in work already. */
  start(): void {
    this.#working++;
    this.#update();
  }

  /** Is through with something that was in work. */
  end(): void {
    this.#working--;
    this.#update();
  }

  /** Hands on bytes, as the stage after will take them. */
  give(bytes: number): void {
    this.#given += bytes;
    this.#update();
    if (this.#after !== undefined) this.#after.#update();
  }

  /** Of the first stage: it has come to its end. */
  done(): void {
    this.#hasInput = false;
    this.#update();
  }

  /** Brings the times up to now. */
  figures(): StageFigures {
    this.#update();
    const seconds = (state: number): number => this.#times[state]! / 1000;
    return {
      stage: this.#name,
      bytes: this.#taken,
      busySeconds: seconds(BUSY),
      waitInputSeconds: seconds(WAIT_INPUT),
      waitOutputSeconds: seconds(WAIT_OUTPUT),
    };
  }

  #update(): void {
    const now = this.#clock.monotonicMs();
    this.#times[this.#state]! += now - this.#since;
    this.#since = now;
    if (this.#working > 0) this.#state = BUSY;
    else this.#state = this.#canTake() ? WAIT_OUTPUT : WAIT_INPUT;
  }

  #canTake(): boolean {
    return this.#before === undefined ? this.#hasInput : this.#before.#given > this.#taken;
  }
}

/** The profile of one run, whose stages are added by it. */
export class Profile {
  readonly #clock: Clock;
  readonly #meters: StageMeter[] = [];
  #stages: readonly StageFigures[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next stage on the data's way. */
  stage(name: string): StageMeter {
    const meter = new StageMeter(name, this.#clock, this.#meters.at(-1));
    this.#meters.push(meter);
    return meter;
  }

  /** Takes the times; what comes after counts no more. */
  end(): void {
    this.#stages = this.#meters.map((meter) => meter.figures());
  }

  /** In the order of the data's way; none before the run has ended, or when it failed before it began. */
  get stages(): readonly StageFigures[] {
    return this.#stages;
  }
}
