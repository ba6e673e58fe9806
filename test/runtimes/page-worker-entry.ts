/** The workers of that page. */
import { serveTasks } from "../../src/threads/web-thread.js";

serveTasks();
