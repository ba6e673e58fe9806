/** Object stores: real servers from Debian's packages, on loopback, and minutes. */
export default {
  files: ["build/test/stores/**/*.test.js"],
  timeout: "10m",
  concurrency: 1,
  workerThreads: false,
};
