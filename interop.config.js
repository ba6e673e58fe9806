/** Interop tests: real Cinder and OpenStack's clients as peers. They need Debian's packages of them, and minutes. */
export default {
  files: ["build/test/interop/**/*.test.js", "build/test/api/clients/**/*.test.js"],
  timeout: "10m",
  workerThreads: false,
};
