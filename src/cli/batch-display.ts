/** Shows a running batch on standard error: a live table on a terminal, else a line for each volume that ends. */
import type { BatchItem } from "../batch/item.js";
import { batchTable, endLine, itemJson, totalsJson, totalsOf } from "./batch-text.js";
import type { Invocation } from "./invocation.js";
import { RateMeter } from "./rate.js";
import { noteLine } from "./report.js";

export interface BatchDisplay {
  /** Begins to show these items. */
  start(items: readonly BatchItem[]): void;
  /** Called when an item enters a stage. */
  onStage(item: BatchItem): void;
  /** Ends the display. */
  finish(): void;
}

const TABLE_INTERVAL_MS = 250;
const JSON_INTERVAL_MS = 1000;

export function openBatchDisplay(invocation: Invocation): BatchDisplay {
  const { host, progressStyle: style } = invocation;
  if (style === "none") return SILENT;
  if (style === "json") return new JsonLines(invocation);
  if (style === "bar" || host.screen.isTerminal) return new LiveTable(invocation);
  return {
    ...SILENT,
    onStage: (item) => {
      if (item.hasEnded) host.screen.write(noteLine(endLine(item)));
    },
  };
}

const SILENT: BatchDisplay = {
  start: () => undefined,
  onStage: () => undefined,
  finish: () => undefined,
};

/** The rate of a batch. */
class Rate {
  readonly #invocation: Invocation;
  #meter: RateMeter | undefined;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  of(bytes: number): number {
    const nowMs = this.#invocation.host.clock.monotonicMs();
    this.#meter ??= new RateMeter(nowMs, bytes);
    this.#meter.add(nowMs, bytes);
    return this.#meter.bytesPerSecond;
  }
}

class LiveTable implements BatchDisplay {
  readonly #invocation: Invocation;
  readonly #rate: Rate;
  #items: readonly BatchItem[] = [];
  #lineCount = 0;
  #stops: (() => void)[] = [];

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#rate = new Rate(invocation);
  }

  start(items: readonly BatchItem[]): void {
    this.#items = items;
    const draw = (): void => this.#draw();
    this.#stops = [
      this.#invocation.host.every(TABLE_INTERVAL_MS, draw),
      this.#invocation.onMessage(() => this.#clear()),
    ];
    draw();
  }

  onStage(item: BatchItem): void {
    // Failures stay on the screen above the table.
    if (item.stage === "failed") this.#invocation.note(endLine(item));
  }

  finish(): void {
    for (const stop of this.#stops) stop();
    this.#clear();
  }

  #draw(): void {
    const { screen } = this.#invocation.host;
    const bytesPerSecond = this.#rate.of(totalsOf(this.#items).bytesDone);
    const lines = batchTable(this.#items, { columns: screen.columns, bytesPerSecond });
    screen.write(`${this.#clearing()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#lineCount = lines.length;
  }

  #clear(): void {
    if (this.#lineCount > 0) this.#invocation.host.screen.write(this.#clearing());
    this.#lineCount = 0;
  }

  /** Moves to the first line of the table and erases everything from there on. */
  #clearing(): string {
    return this.#lineCount === 0 ? "" : `\x1b[${this.#lineCount}A\r\x1b[J`;
  }
}

class JsonLines implements BatchDisplay {
  readonly #invocation: Invocation;
  readonly #rate: Rate;
  #items: readonly BatchItem[] = [];
  #stop: () => void = () => undefined;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#rate = new Rate(invocation);
  }

  start(items: readonly BatchItem[]): void {
    this.#items = items;
    this.#stop = this.#invocation.host.every(JSON_INTERVAL_MS, () => this.#write());
  }

  onStage(item: BatchItem): void {
    this.#invocation.host.screen.write(`${itemJson(item)}\n`);
  }

  finish(): void {
    this.#stop();
    this.#write();
  }

  #write(): void {
    const totals = totalsOf(this.#items);
    this.#invocation.host.screen.write(`${totalsJson(totals, this.#rate.of(totals.bytesDone))}\n`);
  }
}
