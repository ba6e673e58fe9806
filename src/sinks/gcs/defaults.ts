/** What the configuration has to know of Cloud Storage before there is a sink. */

export const GCS_SERVICE = "cinder.backup.drivers.gcs.GoogleBackupDriver";
/** Bytes in which the server counts what it has of an upload. */
export const GCS_UNIT: number = 256 * 1024;
export const GCS_PART_SIZE: number = 8 * 1024 * 1024;
/** One for each of the objects that a backup has open. */
export const GCS_PARTS_MAX = 6;
/** A few pieces as they come from the connection. */
export const GCS_READ_BUFFER_SIZE = 262_144;
