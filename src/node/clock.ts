import type { Clock } from "../ports.js";

/** The system's clock. */
export const nodeClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
