/** Names of volumes in tables, whose readers do not know volumes by their IDs. */
import type { Service } from "../service/service.js";
import { type Field, field } from "./output/field.js";
import type { OutputFlags } from "./output/printer.js";

interface OfVolume {
  readonly volumeId: string | null;
}

export type WithVolumeName<R> = R & {
  /** Null where the volume has none, is gone, or is not asked for. */
  readonly volumeName: string | null;
};

/** The records with the names of their volumes, which only tables show. */
export async function withVolumeNames<R extends OfVolume>(
  service: Service,
  records: readonly R[],
  { format }: OutputFlags,
): Promise<WithVolumeName<R>[]> {
  const isShown = format === "table" && records.length > 0;
  const volumes = isShown ? await service.listVolumes({ allProjects: true }) : [];
  const names = new Map(volumes.map(({ id, name }) => [id, name]));
  return records.map((record) => ({ ...record, volumeName: names.get(record.volumeId ?? "") ?? null }));
}

/** The ID for programs, the name for people. */
export function volumeField<R extends OfVolume>(): Field<WithVolumeName<R>> {
  return field(
    "volume_id",
    ({ volumeId }) => volumeId,
    "Volume",
    ({ volumeId, volumeName }) => volumeName ?? volumeId,
  );
}
