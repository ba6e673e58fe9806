/** Volumes that are exports of NBD servers, for any runtime with a `Connect` port; Node's is `nodeConnect`. */
export type { Connect, Connection, ServerAddress } from "../../ports.js";
export type { NbdOptions } from "./connect.js";
export { openNbdSource, openNbdTarget } from "./open.js";
