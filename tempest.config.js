/** OpenStack's own API tests against `ashlar serve` behind a real Keystone, from Debian's packages: minutes. */
export default {
  files: ["build/test/tempest/**/*.test.js"],
  timeout: "30m",
  concurrency: 1,
  workerThreads: false,
};
