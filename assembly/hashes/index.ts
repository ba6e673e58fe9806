/**
 * Running MD5, SHA-256 and XXH64 for hosts that may not compile bytes, and so cannot use a package that does.
 *
 * One instance serves many running hashes: the host writes a hash's state to `state` and whole message blocks to
 * `input`, and reads the new state back. Buffering and padding are left to the host, which knows the lengths.
 */
export { md5Start, md5Update } from "./md5";
export { input, state } from "./memory";
export { sha256Start, sha256Update } from "./sha256";
export { xxh64Finish, xxh64Start, xxh64Update } from "./xxh64";
