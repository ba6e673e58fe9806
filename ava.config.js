/** Fast tests by default; `test/slow` and `test/interop` have scripts of their own because they need minutes or Debian packages. */
export default {
  files: ["build/test/**/*.test.js", "!build/test/slow/**", "!build/test/interop/**"],
  timeout: "10m",
  workerThreads: false,
};
