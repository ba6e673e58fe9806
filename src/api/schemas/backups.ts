/** Requests on backups, by microversion. */
import * as v from "valibot";
import type { Microversion } from "../microversion.js";
import { repr } from "../python-text.js";
import {
  description,
  flag,
  metadata,
  metadataOrNull,
  name,
  type Schema,
  shortText,
  type Text,
  type TextRecord,
  uuid,
  uuidOrNull,
} from "./fields.js";

const creation = {
  volume_id: uuid,
  container: shortText,
  name,
  description,
  incremental: v.optional(flag, false),
  force: v.optional(flag, false),
  snapshot_id: uuidOrNull,
};

const base = v.strictObject({ backup: v.strictObject(creation) });
const withMetadata = v.strictObject({
  backup: v.strictObject({ ...creation, metadata: metadataOrNull }),
});
const withZone = v.strictObject({
  backup: v.strictObject({ ...creation, metadata: metadataOrNull, availability_zone: shortText }),
});

export interface BackupCreation {
  readonly backup: {
    readonly volume_id: string;
    readonly container?: Text;
    readonly name?: Text;
    readonly description?: Text;
    readonly incremental: boolean;
    readonly force: boolean;
    readonly snapshot_id?: Text;
    readonly metadata?: TextRecord | null | undefined;
    readonly availability_zone?: Text;
  };
}

export function createBackup(version: Microversion): Schema<BackupCreation> {
  if (version >= 51) return withZone;
  return version >= 43 ? withMetadata : base;
}

const update = { name, description };
const updateBase = v.strictObject({ backup: v.strictObject(update) });
const updateWithMetadata = v.strictObject({
  backup: v.strictObject({ ...update, metadata: v.optional(metadata) }),
});

export interface BackupUpdate {
  readonly backup: {
    readonly name?: Text;
    readonly description?: Text;
    readonly metadata?: TextRecord | undefined;
  };
}

export function updateBackup(version: Microversion): Schema<BackupUpdate> {
  return version >= 43 ? updateWithMetadata : updateBase;
}

export const restoreBackup: Schema<{
  readonly restore: { readonly volume_id?: Text; readonly name?: Text };
}> = v.strictObject({
  restore: v.strictObject({ volume_id: uuidOrNull, name }),
});

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const importRecord: Schema<{
  readonly "backup-record": { readonly backup_service: string; readonly backup_url: string };
}> = v.strictObject({
  "backup-record": v.strictObject({
    backup_service: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
    backup_url: v.pipe(
      v.string(),
      v.minLength(1),
      v.check(
        (text) => BASE64.test(text.replaceAll(/\s/g, "")),
        ({ input }) => `${repr(input)} is not a 'base64'`,
      ),
    ),
  }),
});
