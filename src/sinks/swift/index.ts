/** The sink for OpenStack Swift, and its ways to authenticate. */
export { GivenToken, type SwiftAuth, type SwiftSession } from "./auth.js";
export { Keystone, type KeystoneCredential, type KeystoneOptions } from "./keystone.js";
export { SwiftSink, type SwiftSinkOptions } from "./sink.js";
export { TempAuth, type TempAuthOptions } from "./tempauth.js";
