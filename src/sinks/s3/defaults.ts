/** Constants of the S3 sink that the configuration needs before there is a sink. */

export const S3_SERVICE = "cinder.backup.drivers.s3.S3BackupDriver";
/** Bytes: most compressed objects fit into one request. With 10 000 parts an object may have 312 GiB. */
export const S3_PART_SIZE: number = 32 * 1024 * 1024;
/** One for each object that is being completed. */
export const S3_PARTS_MAX = 4;
/** Bytes: room for a few pieces in the sizes that a connection delivers. */
export const S3_READ_BUFFER_SIZE = 262_144;
export const S3_REGION = "us-east-1";
