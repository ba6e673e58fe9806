/** What the configuration has to know of Swift before there is a sink. */

export const SWIFT_SERVICE = "cinder.backup.drivers.swift.SwiftBackupDriver";
/** Bytes: the reference system's size of objects, so that with its options none is put in segments. */
export const SWIFT_PART_SIZE = 52_428_800;
/** One of the digest table, one being filled, one being sent. */
export const SWIFT_PARTS_MAX = 3;
/** A few pieces as they come from the connection. */
export const SWIFT_READ_BUFFER_SIZE = 262_144;
