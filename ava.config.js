/** Fast tests by default; `test/slow`, `test/fleet`, `test/interop`, `test/stores`, `test/tempest`, `test/api/clients` and `test/api/functional` have scripts of their own because they need minutes or Debian packages. */
export default {
  files: [
    "build/test/**/*.test.js",
    "!build/test/slow/**",
    "!build/test/fleet/**",
    "!build/test/interop/**",
    "!build/test/stores/**",
    "!build/test/tempest/**",
    "!build/test/api/clients/**",
    "!build/test/api/functional/**",
  ],
  timeout: "10m",
  workerThreads: false,
};
