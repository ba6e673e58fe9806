/** Tests against real object stores from Debian packages, which take minutes; servers are started one file at a time. */
export default {
  files: ["build/test/stores/**/*.test.js"],
  timeout: "10m",
  concurrency: 1,
  workerThreads: false,
};
