/** The one volume type, which has the reference system's default name. */
export const VOLUME_TYPE = {
  id: "5b1f7c1e-3c0a-4d0e-9c55-6a1b6f0d3a10",
  name: "__DEFAULT__",
  description: "Default Volume Type",
} as const;

/** Whether a request means it. */
export function isVolumeType(nameOrId: string): boolean {
  return nameOrId === VOLUME_TYPE.id || nameOrId === VOLUME_TYPE.name;
}
