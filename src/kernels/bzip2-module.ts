/** The compiled bzip2 kernel and its instances. The binary is loaded on first use. */
import { KIB } from "../units.js";
import { decodeBase64 } from "./base64.js";
import { providedModule } from "./provided.js";

/** The exports of `assembly/bzip2/index.ts`. Pointers are unsigned 32-bit and below 2^31 here. */
export interface Bzip2Exports extends WebAssembly.Exports {
  initialise(): void;
  dataEnd(): number;
  inputStep(): number;
  decoderMemory(): number;
  startDecoder(): void;
  decoderInput(): number;
  decoderTake(length: number): void;
  decoderTakeEnd(): void;
  decode(): number;
  decoderOutput(): number;
  decoderOutputLength(): number;
  encoderMemory(): number;
  startEncoder(level: number): number;
  encoderInput(): number;
  encoderTake(length: number): number;
  encodeBlock(): number;
  finishEncoder(): number;
  encoderOutput(): number;
}

export type Bzip2Role = "decoder" | "encoder";

/** Memory pages of an instance: 3.6 and 7 MiB. Fixed, so that views never detach. */
export const BZIP2_PAGES: Readonly<Record<Bzip2Role, number>> = { decoder: 58, encoder: 112 };
export const PAGE_SIZE: number = 64 * KIB;

export interface Bzip2Instance {
  readonly exports: Bzip2Exports;
  /** The whole memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module; all instances share it. */
export async function compileBzip2(): Promise<WebAssembly.Module> {
  const provided = providedModule("bzip2");
  if (provided !== undefined) return provided;
  compiled ??= import("./bzip2-binary.gen.js").then(({ BZIP2_BINARY }) =>
    WebAssembly.compile(decodeBase64(BZIP2_BINARY)),
  );
  return compiled;
}

export function instantiateBzip2(module: WebAssembly.Module, role: Bzip2Role): Bzip2Instance {
  const pageCount = BZIP2_PAGES[role];
  const memory = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as Bzip2Exports;
  exports.initialise();
  return { exports, bytes: new Uint8Array(memory.buffer) };
}
