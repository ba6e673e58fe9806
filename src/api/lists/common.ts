/** Fields that all resources have, for filters, by the API's names. */
export const COMMON_FIELDS = {
  id: { field: "id" },
  name: { field: "name" },
  display_name: { field: "name" },
  description: { field: "description" },
  status: { field: "status" },
  project_id: { field: "projectId" },
  user_id: { field: "userId" },
} as const;

/** Fields that all resources have, for orders, by the API's names. */
export const COMMON_SORTS = {
  id: "id",
  name: "name",
  // What the client of Cinder sends for `--sort name`.
  display_name: "name",
  status: "status",
  size: "size",
  created_at: "createdAt",
  updated_at: "updatedAt",
} as const;
