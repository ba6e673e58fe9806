/**
 * bzip2, written from the format's description: the exports for the host. Imports only its memory.
 *
 * An instance either decodes or encodes, one stream at a time, and needs the memory of that role. The memory need not
 * be zero.
 */
import { fillCrcTables } from "./crc";
import { DECODER_END } from "./decode";
import { ENCODER_END } from "./encode";
import { ENCODED } from "./encode-layout";
import { OUTPUT, outputLength } from "./decode-output";
import { INPUT, INPUT_STEP } from "./layout";

export { decode, startDecoder } from "./decode";
export { encodeBlock, encoderTake, finishEncoder, startEncoder } from "./encode";
export { makeRoom as decoderInput, take as decoderTake, takeEnd as decoderTakeEnd } from "./input";

/** Call this first. */
export function initialise(): void {
  fillCrcTables();
}

/** End of static data; the layout reserves the first 8 KiB for it. */
export function dataEnd(): usize {
  return __heap_base;
}

export function inputStep(): i32 {
  return INPUT_STEP;
}

export function decoderMemory(): usize {
  return DECODER_END;
}

/** Bytes of the last piece of output of `decode`. */
export function decoderOutputLength(): i32 {
  return outputLength;
}

export function decoderOutput(): usize {
  return OUTPUT;
}

export function encoderMemory(): usize {
  return ENCODER_END;
}

export function encoderInput(): usize {
  return INPUT;
}

export function encoderOutput(): usize {
  return ENCODED;
}
