/** What the configuration has to know of S3 before there is a sink. */

export const S3_SERVICE = "cinder.backup.drivers.s3.S3BackupDriver";
/** Bytes. At 10 000 parts an object may have 78 GiB. */
export const S3_PART_SIZE: number = 8 * 1024 * 1024;
/** One for each of the objects that a backup has open. */
export const S3_PARTS_MAX = 6;
/** A few pieces as they come from the connection. */
export const S3_READ_BUFFER_SIZE = 262_144;
export const S3_REGION = "us-east-1";
