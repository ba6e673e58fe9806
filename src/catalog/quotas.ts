/** Limits of projects. Without a row of its own, a project has the limit of all projects, else the configuration's. */
import type { SqlSession } from "../ports.js";

/** Resources with a limit for each project, by the reference system's names. */
export type QuotaResource =
  | "volumes"
  | "gigabytes"
  | "per_volume_gigabytes"
  | "snapshots"
  | "backups"
  | "backup_gigabytes"
  | "groups";

/** Limits by resource; −1 for no limit. */
export type QuotaLimits = Partial<Record<QuotaResource, number>>;

/** Owner of the rows that apply to projects without limits of their own. */
const EVERY_PROJECT = "*";

export class Quotas {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  /** The limits set for the project, else for all projects. */
  async ofProject(projectId: string): Promise<QuotaLimits> {
    const sql = "SELECT project_id, resource, hard_limit FROM quotas WHERE project_id IN (?, ?)";
    const rows = await this.#session.all(sql, [projectId, EVERY_PROJECT]);
    const limits = (owner: string): QuotaLimits =>
      Object.fromEntries(
        rows.filter((row) => row.project_id === owner).map((row) => [row.resource, row.hard_limit]),
      );
    return { ...limits(EVERY_PROJECT), ...limits(projectId) };
  }

  /** The limits set for all projects. */
  async defaults(): Promise<QuotaLimits> {
    return await this.ofProject(EVERY_PROJECT);
  }

  async setOfProject(projectId: string, limits: QuotaLimits): Promise<void> {
    for (const [resource, limit] of Object.entries(limits)) {
      await this.#session.run(
        "INSERT INTO quotas (project_id, resource, hard_limit) VALUES (?, ?, ?) " +
          "ON CONFLICT (project_id, resource) DO UPDATE SET hard_limit = excluded.hard_limit",
        [projectId, resource, limit],
      );
    }
  }

  async setDefaults(limits: QuotaLimits): Promise<void> {
    await this.setOfProject(EVERY_PROJECT, limits);
  }

  /** Resets the project to the defaults. */
  async removeOfProject(projectId: string): Promise<void> {
    await this.#session.run("DELETE FROM quotas WHERE project_id = ?", [projectId]);
  }
}
