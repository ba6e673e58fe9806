/** The script of a Web Worker. Bundlers that do not follow it take one of their own that calls `serveTasks`. */
import { serveTasks } from "./web-thread.js";

serveTasks();
