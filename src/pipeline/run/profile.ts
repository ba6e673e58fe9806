/**
 * A run's time by stage: at every moment a stage works, waits for input, or waits for output, and the three add up to
 * the run's time.
 *
 *     the stages report take, start, end and give; between two reports
 *       a stage with any work in progress is busy
 *       else, if the stage before has given bytes that this one has not taken, it waits for output:
 *         the stages after it, or the buffers that they hold, keep it from continuing
 *       else it waits for input
 *
 * The bottleneck is the stage that is busy while the stages before it wait for output and those after it for input.
 * Work in progress includes work that is queued on a thread. Metering allocates nothing per window; without a profile a
 * stage does not even read the clock.
 */
import type { Clock } from "../../ports.js";

/** Time spent by one stage in each state; the sum is the run's time. */
export interface StageFigures {
  /** The stage's name, a verb. */
  readonly stage: string;
  /** Bytes that it took in: of the volume, or stored bytes of objects. */
  readonly bytes: number;
  readonly busySeconds: number;
  readonly waitInputSeconds: number;
  readonly waitOutputSeconds: number;
}

const BUSY = 0;
const WAIT_INPUT = 1;
const WAIT_OUTPUT = 2;

/** Receives the reports of one stage. */
export class StageMeter {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #before: StageMeter | undefined;
  #after: StageMeter | undefined;
  /** Milliseconds in each state; a typed array, because a field would allocate a number for every value. */
  readonly #times = new Float64Array(3);
  #state = WAIT_INPUT;
  /** Start of the run: the same for all stages, whenever they were created. */
  readonly #begun: number;
  #since: number;
  /** Count of items in work. */
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
    // The first stage has the whole volume as input.
    this.#hasInput = before === undefined;
    if (before !== undefined) before.#after = this;
  }

  /** The stage takes bytes that the stage before gave. */
  take(bytes: number): void {
    this.#taken += bytes;
    this.#update();
  }

  /** The stage starts work on one more item. */
  start(): void {
    this.#working++;
    this.#update();
  }

  /** The stage ends work on one item. */
  end(): void {
    this.#working--;
    this.#update();
  }

  /** The stage passes on bytes, in the units in which the stage after takes them. */
  give(bytes: number): void {
    this.#given += bytes;
    this.#update();
    if (this.#after !== undefined) this.#after.#update();
  }

  /** The first stage has no more input. */
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

/** The profile of one run, which adds its stages. */
export class Profile {
  readonly #clock: Clock;
  readonly #meters: StageMeter[] = [];
  #stages: readonly StageFigures[] = [];
  #hasEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds the next stage, in the order of the data flow. */
  stage(name: string): StageMeter {
    const meter = new StageMeter(name, this.#clock, this.#meters.at(-1));
    this.#meters.push(meter);
    return meter;
  }

  /** Fixes the figures; later reports do not count. */
  end(): void {
    this.#stages = this.#meters.map((meter) => meter.figures());
    this.#hasEnded = true;
  }

  /** The figures so far, in the order of the data flow. */
  figures(): readonly StageFigures[] {
    return this.#hasEnded ? this.#stages : this.#meters.map((meter) => meter.figures());
  }

  /** In the order of the data flow; empty before the run has ended, or if it failed before it began. */
  get stages(): readonly StageFigures[] {
    return this.#stages;
  }
}
