/** The suite in a page, which the driver serves. */
import { portableRuntime } from "../../src/pipeline/portable-runtime.js";
import { serveDriver } from "./protocol.js";

await serveDriver(location.origin, portableRuntime);
