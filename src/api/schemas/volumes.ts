/** Requests on volumes, by microversion. */
import * as v from "valibot";
import type { Microversion } from "../microversion.js";
import {
  description,
  flag,
  metadata,
  metadataOrNull,
  name,
  type Schema,
  shortText,
  size,
  type Text,
  type TextRecord,
  uuidOrNull,
} from "./fields.js";

const creation = {
  name,
  description,
  display_name: name,
  display_description: description,
  size: v.optional(v.nullable(size)),
  metadata: metadataOrNull,
  snapshot_id: uuidOrNull,
  source_volid: uuidOrNull,
  volume_type: shortText,
  availability_zone: shortText,
  multiattach: v.optional(v.nullable(flag)),
  image_id: shortText,
  imageRef: shortText,
  consistencygroup_id: shortText,
  group_id: shortText,
  backup_id: uuidOrNull,
};

const lenient = v.looseObject({ volume: v.looseObject(creation) });
const strict = v.strictObject({
  volume: v.strictObject(creation),
  "OS-SCH-HNT:scheduler_hints": v.optional(v.unknown()),
});

export interface VolumeCreation {
  readonly volume: VolumeTexts & {
    readonly size?: number | null | undefined;
    readonly metadata?: TextRecord | null | undefined;
    readonly snapshot_id?: Text;
    readonly source_volid?: Text;
    readonly volume_type?: Text;
    readonly availability_zone?: Text;
    readonly multiattach?: boolean | null | undefined;
    readonly image_id?: Text;
    readonly imageRef?: Text;
    readonly backup_id?: Text;
  };
}

/** By today's names and by those of the first version. */
export interface VolumeTexts {
  readonly name?: Text;
  readonly description?: Text;
  readonly display_name?: Text;
  readonly display_description?: Text;
}

/** Unknown members were ignored before 3.53. */
export function createVolume(version: Microversion): Schema<VolumeCreation> {
  return version >= 53 ? strict : lenient;
}

const update = { name, description, display_name: name, display_description: description };

export const updateVolume: Schema<{
  readonly volume: VolumeTexts & { readonly metadata?: TextRecord | undefined };
}> = v.looseObject({
  volume: v.looseObject({ ...update, metadata: v.optional(metadata) }),
});

export const manageVolume: Schema<{
  readonly volume: {
    readonly name?: Text;
    readonly description?: Text;
    readonly ref: string | { readonly "source-name"?: string | undefined };
    readonly metadata?: TextRecord | null | undefined;
    readonly availability_zone?: Text;
    readonly bootable: boolean;
  };
}> = v.looseObject({
  volume: v.looseObject({
    name,
    description,
    host: v.optional(v.string()),
    ref: v.union([v.string(), v.looseObject({ "source-name": v.optional(v.string()) })]),
    metadata: metadataOrNull,
    availability_zone: shortText,
    bootable: v.optional(flag, false),
  }),
});

export const extend: Schema<{ readonly new_size: number }> = v.looseObject({ new_size: size });
export const readOnly: Schema<{ readonly readonly: boolean }> = v.looseObject({ readonly: flag });
export const bootable: Schema<{ readonly bootable: boolean }> = v.looseObject({ bootable: flag });
