/** What the page computes with. */
import { portableRuntime, type Runtime } from "../../src/index.js";

export async function openRuntime(): Promise<Runtime> {
  return await portableRuntime();
}
