/**
 * The map of a volume's blocks on a canvas. A cell is one block, or as many as it takes to fit the whole volume; it shows
 * what matters most of them, and fills up from below as they are done. States differ in shape as well as in colour: zeros
 * are hollow, changes have a dot, damage has a cross.
 */
import { type BlockState, type BlockStates, STATES } from "./block-states.js";

const CELL = 12;
const GAP = 2;
const ROWS_MAX = 24;

type Colors = Readonly<Record<BlockState | "zero-line" | "mark", string>>;

/** The part of a cell whose state is known, and the state that matters most of that. */
interface CellState {
  readonly state: BlockState;
  readonly done: number;
}

export class BlockMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #observer: ResizeObserver;
  readonly #scheme: MediaQueryList = matchMedia("(prefers-color-scheme: dark)");
  readonly #onScale: (blocksPerCell: number) => void;
  readonly #redraw = (): void => this.#layOut();
  #states: BlockStates | undefined;
  #columns = 1;
  #cellCount = 0;
  #blocksPerCell = 1;
  #dirty: Set<number> = new Set();
  #frame = 0;

  /** @param onScale told of how many blocks a cell stands for, whenever that changes */
  constructor(canvas: HTMLCanvasElement, onScale: (blocksPerCell: number) => void) {
    this.#canvas = canvas;
    this.#onScale = onScale;
    this.#observer = new ResizeObserver(this.#redraw);
    this.#observer.observe(canvas.parentElement!);
    this.#scheme.addEventListener("change", this.#redraw);
  }

  show(states: BlockStates): void {
    this.#states = states;
    this.#layOut();
  }

  /** Blocks from `first` up to `end` have another state. */
  changed(first: number, end: number): void {
    for (let cell = Math.floor(first / this.#blocksPerCell); cell * this.#blocksPerCell < end; cell++)
      this.#dirty.add(cell);
    this.#frame ||= requestAnimationFrame(() => this.#drawDirty());
  }

  #layOut(): void {
    const states = this.#states;
    const width = this.#canvas.clientWidth;
    if (states === undefined || width === 0) return;
    this.#columns = Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
    this.#blocksPerCell = Math.ceil(states.count / (this.#columns * ROWS_MAX));
    this.#cellCount = Math.ceil(states.count / this.#blocksPerCell);
    const height = Math.ceil(this.#cellCount / this.#columns) * (CELL + GAP) - GAP;
    const scale = devicePixelRatio;
    this.#canvas.style.height = `${height}px`;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#onScale(this.#blocksPerCell);
    this.#dirty = new Set(Array.from({ length: this.#cellCount }, (_, cell) => cell));
    this.#drawDirty();
  }

  #drawDirty(): void {
    this.#frame = 0;
    const context = this.#canvas.getContext("2d")!;
    const colors = colorsOf(this.#canvas);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    for (const cell of this.#dirty) {
      const x = (cell % this.#columns) * (CELL + GAP);
      const y = Math.floor(cell / this.#columns) * (CELL + GAP);
      drawCell(context, colors, { x, y, ...this.#cellState(cell) });
    }
    this.#dirty.clear();
  }

  #cellState(cell: number): CellState {
    const first = cell * this.#blocksPerCell;
    const end = Math.min(first + this.#blocksPerCell, this.#states!.count);
    let highest = 0;
    let doneCount = 0;
    for (let block = first; block < end; block++) {
      const state = STATES.indexOf(this.#states!.stateOf(block));
      highest = Math.max(highest, state);
      if (state > 0) doneCount++;
    }
    return { state: STATES[highest]!, done: doneCount / (end - first) };
  }
}

function colorsOf(canvas: HTMLCanvasElement): Colors {
  // The colours are given by custom properties, whose `light-dark()` is resolved where a property uses them.
  const probe = document.createElement("i");
  canvas.after(probe);
  const names = [...STATES, "zero-line", "mark"] as const;
  const colors = names.map((name) => {
    probe.style.color = `var(--map-${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colors) as Colors;
}

function drawCell(
  context: CanvasRenderingContext2D,
  colors: Colors,
  { x, y, state, done }: CellState & { readonly x: number; readonly y: number },
): void {
  context.clearRect(x, y, CELL, CELL);
  context.fillStyle = colors.pending;
  context.fillRect(x, y, CELL, CELL);
  if (state === "pending") return;
  const height = Math.max(2, Math.round(CELL * done));
  context.fillStyle = colors[state];
  context.fillRect(x, y + CELL - height, CELL, height);
  const center = CELL / 2;
  context.lineWidth = 1;
  if (state === "zero") {
    context.strokeStyle = colors["zero-line"];
    context.strokeRect(x + 0.5, y + CELL - height + 0.5, CELL - 1, height - 1);
  } else if (state === "changed") {
    context.fillStyle = colors.mark;
    context.fillRect(x + center - 2, y + center - 2, 4, 4);
  } else if (state === "bad") {
    context.strokeStyle = colors.mark;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x + 3, y + 3);
    context.lineTo(x + CELL - 3, y + CELL - 3);
    context.moveTo(x + CELL - 3, y + 3);
    context.lineTo(x + 3, y + CELL - 3);
    context.stroke();
  }
}

/** One cell, for the legend. */
export function drawSample(canvas: HTMLCanvasElement, state: BlockState): void {
  const scale = devicePixelRatio;
  canvas.width = Math.round(CELL * scale);
  canvas.height = Math.round(CELL * scale);
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  drawCell(context, colorsOf(canvas), { x: 0, y: 0, state, done: 1 });
}
