/** How far a run has come: bar, figures, map and legend, and in words now and then for who does not see them. */
import type { Damage, VerifiedBlocks } from "../../src/index.js";
import { BlockMap, drawSample } from "./block-map.js";
import { type BlockState, BlockStates, type BlockStatesOptions, STATES } from "./block-states.js";
import { create, element } from "./elements.js";
import { formatCount, formatDuration, formatSize } from "./numbers.js";

const LABELS: Readonly<Record<BlockState, string>> = {
  pending: "Not checked yet",
  verified: "Verified",
  changed: "Verified, changed by this backup",
  zero: "Verified, all zero",
  bad: "Damaged",
};
const SHOWN: readonly BlockState[] = ["verified", "changed", "zero", "bad", "pending"];
const FIGURES_MS = 200;
/** A screen reader that is told more often says nothing else. */
const ANNOUNCEMENT_MS = 5000;

export class ProgressView {
  readonly #panel = element("run", HTMLDivElement);
  readonly #bar = element("progress", HTMLProgressElement);
  readonly #percent = element("percent", HTMLSpanElement);
  readonly #figures = element("figures", HTMLParagraphElement);
  readonly #announcement = element("announcement", HTMLParagraphElement);
  readonly #canvas = element("map", HTMLCanvasElement);
  readonly #map: BlockMap;
  readonly #counts = new Map<BlockState, HTMLElement>();
  #states: BlockStates | undefined;
  #volumeSize = 0;
  #startedAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #announcedAt = 0;

  constructor() {
    const scale = element("map-scale", HTMLParagraphElement);
    this.#map = new BlockMap(this.#canvas, (count) => {
      const size = formatSize(count * (this.#states?.blockSize ?? 0));
      scale.textContent =
        count === 1 ? `A cell is a block of ${size}.` : `A cell is ${formatCount(count)} blocks, ${size}.`;
    });
    const legend = element("legend", HTMLDListElement);
    for (const state of SHOWN) {
      const [sample, count] = [create("canvas", { ariaHidden: "true" }), create("dd")];
      legend.append(create("div", {}, sample, create("dt", {}, LABELS[state]), count));
      this.#counts.set(state, count);
      const draw = (): void => drawSample(sample, state);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
      draw();
    }
  }

  get states(): BlockStates | undefined {
    return this.#states;
  }

  async start(options: BlockStatesOptions): Promise<void> {
    this.#states = await BlockStates.create(options);
    this.#volumeSize = options.volumeSize;
    this.#panel.hidden = false;
    this.#map.show(this.#states);
    this.#startedAt = performance.now();
    this.#announcedAt = this.#startedAt;
    this.#say("Started.");
    this.#update();
    this.#timer = setInterval(() => this.#update(), FIGURES_MS);
  }

  verified(blocks: VerifiedBlocks): void {
    this.#map.changed(...this.#states!.verified(blocks));
  }

  damaged(damage: Damage): void {
    this.#map.changed(...this.#states!.damaged(damage));
  }

  /** @param said what came out, in a sentence */
  end(said: string): void {
    clearInterval(this.#timer);
    this.#update();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#figures.textContent = `${this.#done()} in ${formatDuration(seconds)}`;
    const counts = SHOWN.map((state) => `${LABELS[state]}: ${formatCount(this.#states!.countOf(state))}`);
    this.#canvas.ariaLabel = `Map of the volume's ${formatCount(this.#states!.count)} blocks. ${counts.join(". ")}.`;
    this.#say(said);
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#panel.hidden = true;
  }

  #update(): void {
    const states = this.#states!;
    const share = (100 * states.doneSize) / this.#volumeSize;
    this.#bar.value = share;
    this.#percent.textContent = `${Math.floor(share)} %`;
    for (const state of STATES) this.#counts.get(state)!.textContent = formatCount(states.countOf(state));
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = states.doneSize / Math.max(seconds, 0.001);
    const left = rate > 0 ? `, ${formatDuration((this.#volumeSize - states.doneSize) / rate)} left` : "";
    this.#figures.textContent = `${this.#done()}, ${formatSize(Math.round(rate))}/s${left}`;
    if (performance.now() - this.#announcedAt < ANNOUNCEMENT_MS) return;
    this.#announcedAt = performance.now();
    this.#say(`${Math.floor(share)} percent done${left}.`);
  }

  #done(): string {
    return `${formatSize(this.#states!.doneSize)} of ${formatSize(this.#volumeSize)}`;
  }

  #say(text: string): void {
    this.#announcement.textContent = text;
  }
}
