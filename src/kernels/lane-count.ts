/** MD5s computed at once by the kernel of `md5-lanes.ts`. A separate file, because the kernel is loaded on demand. */
export const MD5_LANES = 4;
/**
 * Fewest MD5s for which the lanes are used. By the kernel's rate, two are 1.2 times as fast as `node:crypto`, and one
 * is slower (docs/decisions/0031).
 */
export const LANES_FROM = 3;
