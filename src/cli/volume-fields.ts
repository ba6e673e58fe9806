/** Fields that are shown of volumes: the Block Storage API's under its names, and the location of the volume's data. */
import type { VolumeRow } from "../catalog/volumes.js";
import { GIB, gibOf } from "../units.js";
import { type Field, field, idField, momentField, sizeField } from "./output/field.js";

export const VOLUME_FIELDS: readonly Field<VolumeRow>[] = [
  idField("id", ({ id }) => id),
  field("name", ({ name }) => name),
  field("status", ({ status }) => status),
  sizeField("size", ({ size }) => gibOf(size), GIB),
  field("source", ({ source }) => source),
  field("description", ({ description }) => description),
  sizeField("size_bytes", ({ size }) => size),
  field("availability_zone", ({ availabilityZone }) => availabilityZone),
  // The API has this one boolean as text.
  field("bootable", ({ bootable }) => String(bootable)),
  field("encrypted", ({ encryptionKeyId }) => encryptionKeyId !== null),
  field("encryption_key_id", ({ encryptionKeyId }) => encryptionKeyId),
  field("metadata", ({ metadata }) => metadata),
  momentField("created_at", ({ createdAt }) => createdAt),
  momentField("updated_at", ({ updatedAt }) => updatedAt),
  field("project_id", ({ projectId }) => projectId),
  field("user_id", ({ userId }) => userId),
];

export const VOLUME_COLUMNS: readonly string[] = ["id", "name", "status", "size", "source"];
