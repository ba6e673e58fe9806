/** What runs in the page's workers. */
import { serveTasks } from "../../src/workers/index.js";

serveTasks();
