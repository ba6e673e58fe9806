/** The workers of that page. */
import { serveTasks } from "../../src/threads/serve-tasks.js";

serveTasks();
