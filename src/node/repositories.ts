import type { Repositories, RepositorySettings } from "../sinks/repositories.js";

/** The repositories of one service. Loaded late, because many commands only read the catalog. */
export async function openRepositories(settings: RepositorySettings = {}): Promise<Repositories> {
  const { Repositories } = await import("../sinks/repositories.js");
  const { nodeSinkHost } = await import("./sink-host.js");
  return new Repositories(settings, nodeSinkHost);
}
