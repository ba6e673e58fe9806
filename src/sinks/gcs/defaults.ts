/** Constants of the Cloud Storage sink that the configuration needs before there is a sink. */

export const GCS_SERVICE = "cinder.backup.drivers.gcs.GoogleBackupDriver";
/** Bytes: parts of an upload, except the last, are multiples of this. */
export const GCS_UNIT: number = 256 * 1024;
export const GCS_PART_SIZE: number = 8 * 1024 * 1024;
/** One for each object that a backup has open. */
export const GCS_PARTS_MAX = 6;
/** Bytes: room for a few pieces in the sizes that a connection delivers. */
export const GCS_READ_BUFFER_SIZE = 262_144;
