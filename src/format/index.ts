/**
 * The stored format by itself (`docs/format.md`): names of objects, manifests, digest tables, volume metadata and
 * portable records, all byte for byte like the reference system's.
 */
export { gibOf } from "../units.js";
export type { DigestTableHeader } from "./digest-table.js";
export { type ByteReader, DigestTableReader } from "./digest-table-reader.js";
export { type ByteWriter, DigestTableWriter } from "./digest-table-writer.js";
export { FORMAT_VERSION, formatCreatedAt, parseCreatedAt } from "./fields.js";
export {
  type BackupIdentity,
  type Manifest,
  type ManifestObject,
  parseManifest,
  printManifest,
} from "./manifest.js";
export {
  backupPrefix,
  DEFAULT_AVAILABILITY_ZONE,
  defaultContainer,
  digestTableName,
  manifestName,
  objectName,
  type PrefixParts,
  type PrefixScheme,
  prefixOfManifest,
} from "./names.js";
export { type BackupRecordText, decodeRecord, type ExportedBackup, encodeRecord } from "./record.js";
export { printVolumeMetadata, readVolumeMetadata, type VolumeDescription } from "./volume-metadata.js";
