/** Requests on snapshots. */
import * as v from "valibot";
import {
  description,
  flag,
  metadata,
  metadataOrNull,
  name,
  type Schema,
  type TextRecord,
  uuid,
} from "./fields.js";
import type { VolumeTexts } from "./volumes.js";

export const createSnapshot: Schema<{
  readonly snapshot: VolumeTexts & {
    readonly volume_id: string | null;
    readonly metadata?: TextRecord | null | undefined;
    readonly force?: boolean | undefined;
  };
}> = v.looseObject({
  snapshot: v.looseObject({
    volume_id: v.nullable(uuid),
    name,
    description,
    display_name: name,
    display_description: description,
    metadata: metadataOrNull,
    force: v.optional(flag),
  }),
});

export const updateSnapshot: Schema<{ readonly snapshot: VolumeTexts }> = v.looseObject({
  snapshot: v.looseObject({ name, description, display_name: name, display_description: description }),
});

export const metadataBody: Schema<{ readonly metadata: TextRecord }> = v.strictObject({ metadata });
export const metaBody: Schema<{ readonly meta: TextRecord }> = v.strictObject({ meta: metadata });

export const updateStatus: Schema<{
  readonly status: string;
  readonly progress?: string | undefined;
}> = v.looseObject({
  status: v.string(),
  progress: v.optional(v.pipe(v.string(), v.regex(/^(?:100|[0-9]{1,2})%$/))),
});
