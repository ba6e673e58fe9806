/** Memory of encryption, for plans that are made before its code is loaded. */
import { MIB } from "../units.js";

/** A segment being filled, the copy that the platform's cipher takes of it, and its encrypted bytes. */
export const WRITER_MEMORY: number = 4 * MIB;
/** An encrypted segment, the platform's copy of it, the plain bytes, and those of the segment before. */
export const READER_MEMORY: number = 4 * MIB;
