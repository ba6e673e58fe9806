/** Device numbers in the format of `/sys` and `/proc`. */

/** Major and minor number in decimal, e.g. `8:1`, extracted like in glibc's `gnu_dev_major` and `gnu_dev_minor`. */
export function deviceNumber(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
