/** What runs in the page's workers. */
import { serveTasks } from "../../src/threads/index.js";

serveTasks();
