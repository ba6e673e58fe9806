/** Tests that take minutes or gigabytes: one at a time, because they measure memory. */
export default {
  files: ["build/test/slow/**/*.test.js"],
  timeout: "10m",
  concurrency: 1,
  workerThreads: false,
};
