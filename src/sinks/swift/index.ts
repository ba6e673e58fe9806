/** OpenStack Swift as a place for backups, and the ways in which one is let in. */
export { GivenToken, type SwiftAuth, type SwiftSession } from "./auth.js";
export { Keystone, type KeystoneCredential, type KeystoneOptions } from "./keystone.js";
export { SwiftSink, type SwiftSinkOptions } from "./sink.js";
export { TempAuth, type TempAuthOptions } from "./tempauth.js";
