/** Interop tests: real Cinder as the peer. They need Debian's `python3-cinder`, and minutes. */
export default {
  files: ["build/test/interop/**/*.test.js"],
  timeout: "10m",
  workerThreads: false,
};
