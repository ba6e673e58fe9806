/** What the configuration has to know of S3 before there is a sink. */

export const S3_SERVICE = "cinder.backup.drivers.s3.S3BackupDriver";
/** Bytes: most compressed objects fit, and go in one request. At 10 000 parts an object may have 312 GiB. */
export const S3_PART_SIZE: number = 32 * 1024 * 1024;
/** One for each of the objects that are completed at once. */
export const S3_PARTS_MAX = 4;
/** A few pieces as they come from the connection. */
export const S3_READ_BUFFER_SIZE = 262_144;
export const S3_REGION = "us-east-1";
