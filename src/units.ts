/** Sizes and their conversions. Inside Ashlar every size is in bytes; GiB exist only at the API's edge. */

export const KIB = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;

/** Bytes of one SHA-256 digest. */
export const DIGEST_SIZE = 32;

/** The Block Storage API's `size`: whole GiB, rounded up, at least 1 (a volume of one byte has size 1). */
export function gibOf(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / GIB));
}

/** Number of pieces of `unit` bytes that cover `size` bytes; the last may be short. */
export function countOf(size: number, unit: number): number {
  return Math.ceil(size / unit);
}

/** Default upper bound of an object's plain bytes in directories, bytes: `backup_file_size`. */
export const DEFAULT_FILE_SIZE = 1_999_994_880;
/** Default size of a block, bytes: `backup_sha_block_size_bytes`. */
export const DEFAULT_BLOCK_SIZE = 32_768;
/** The same bound in object stores: `backup_swift_object_size`, and the options of S3 and Cloud Storage. */
export const DEFAULT_STORE_OBJECT_SIZE = 52_428_800;
