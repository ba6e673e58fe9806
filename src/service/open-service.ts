import type { ServiceParts } from "./host.js";
import type { Service } from "./service.js";

/**
 * Opens the service over a catalog, after repairing what dead processes left in it. The service closes the catalog.
 *
 * Its modules are loaded here: with the catalog's they were a quarter of the portable entry, and a page or a worker
 * that backs up and restores without a catalog has no use for them.
 */
export async function openService(parts: ServiceParts): Promise<Service> {
  const { makeService } = await import("./make-service.js");
  return await makeService(parts);
}
