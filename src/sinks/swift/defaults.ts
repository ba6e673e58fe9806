/** Constants of the Swift sink that the configuration needs before there is a sink. */

export const SWIFT_SERVICE = "cinder.backup.drivers.swift.SwiftBackupDriver";
/** Bytes: the reference system's object size, so that with its options no object needs segments. */
export const SWIFT_PART_SIZE = 52_428_800;
/** One for the digest table, one being filled, one being sent. */
export const SWIFT_PARTS_MAX = 3;
/** Bytes: room for a few pieces in the sizes that a connection delivers. */
export const SWIFT_READ_BUFFER_SIZE = 262_144;
