/** How many MD5s the kernel of `md5-lanes.ts` computes at once: apart from it, which is loaded when there are any. */
export const MD5_LANES = 4;
/** Two of four lanes are 1.2 times as fast as `node:crypto` by the kernel's rate, and one alone is slower: 0031. */
export const LANES_FROM = 3;
