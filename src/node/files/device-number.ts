/** Device numbers as `/sys` and `/proc` write them. */

/** `8:1`: major and minor in decimal; the bits are taken apart as glibc's `gnu_dev_major` and `gnu_dev_minor` do. */
export function deviceNumber(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
