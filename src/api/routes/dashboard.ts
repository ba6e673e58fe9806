/** What a dashboard shows: work under way, chains, memory, and the repository. The reference system has none of these. */
import { type Call, json } from "../call.js";
import { BACKUP_LIST } from "../lists/backups.js";
import { listRequest } from "../query.js";
import { chainLink, endedTask, liveOperation, memoryUse, repositoryHealth } from "../views/dashboard.js";
import { nextLink } from "../views/links.js";
import { get, type Route } from "./router.js";

const CHAINS = "os-chains";

async function chains(call: Call): Promise<Response> {
  const wanted = listRequest(call, BACKUP_LIST);
  const { items, count } = wanted.isEmpty ? { items: [], count: 0 } : await call.storage.listChains(wanted);
  const backups = items.map((view) => chainLink(call, view));
  const links = nextLink(call, CHAINS, backups);
  return json({
    backups,
    ...(links !== undefined && { backups_links: links }),
    ...(wanted.isCounted && { count }),
  });
}

export const DASHBOARD_ROUTES: readonly Route[] = [
  get(`/${CHAINS}`, chains),
  get("/os-operations", async (call) => {
    const { operations, ended } = await call.storage.activity();
    return json({ operations: operations.map(liveOperation), ended: ended.map(endedTask) });
  }),
  get("/os-memory", async (call) => {
    const use = await call.storage.memoryUse();
    return json({ memory: memoryUse(use, call.identity.residentMemory?.()) });
  }),
  get("/os-repository", async (call) =>
    json({ repository: repositoryHealth(await call.storage.repositoryHealth()) }),
  ),
];
