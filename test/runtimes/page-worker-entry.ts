/** The workers of that page. */
import { serveTasks } from "../../src/workers/serve-tasks.js";

serveTasks();
