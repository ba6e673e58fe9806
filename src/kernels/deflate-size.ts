import { KIB } from "../units.js";

const PAGE_SIZE: number = 64 * KIB;
/** Memory pages of an instance, fixed. */
export const PAGE_COUNT = 44;
/** Bytes of an instance. */
export const DEFLATER_SIZE: number = PAGE_COUNT * PAGE_SIZE;
/** How far back deflate can refer. */
export const DICTIONARY_SIZE: number = 32 * KIB;
