import type { Clock } from "../ports.js";

export const nodeClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
