/** Results of calls that may fail or pause. Negative: the stream is damaged; use of the decoder must not continue. */
export const NEED_INPUT: i32 = 0;
export const HAVE_OUTPUT: i32 = 1;
export const AT_END: i32 = 2;
/** Between steps; used only inside the decoder. */
export const GO_ON: i32 = 3;

export const BAD_HEADER: i32 = -1;
export const BAD_MAGIC: i32 = -2;
export const RANDOMISED: i32 = -3;
export const BAD_ORIGIN: i32 = -4;
export const BAD_SYMBOL_MAP: i32 = -5;
export const BAD_SELECTORS: i32 = -6;
export const BAD_CODE_LENGTHS: i32 = -7;
export const BAD_CODE: i32 = -8;
export const TOO_LONG: i32 = -9;
export const BAD_BLOCK_CRC: i32 = -10;
export const BAD_STREAM_CRC: i32 = -11;
export const TRUNCATED: i32 = -12;
