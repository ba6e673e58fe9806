using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # Workers reach nothing that they are not given. "private" lets this one reach a server in the same network.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  v8Flags = ["--max-semi-space-size=1", "--max-old-space-size=48"],
  sockets = [(name = "http", address = "127.0.0.1:8460", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "simd.wasm", wasm = embed "simd.wasm"),
    (name = "bzip2.wasm", wasm = embed "bzip2.wasm"),
    (name = "deflate.wasm", wasm = embed "deflate.wasm"),
    (name = "hashes.wasm", wasm = embed "hashes.wasm"),
    (name = "zstd.wasm", wasm = embed "zstd.wasm"),
  ],
  bindings = [
    (name = "S3_ENDPOINT", fromEnvironment = "S3_ENDPOINT"),
    (name = "S3_BUCKET", fromEnvironment = "S3_BUCKET"),
    (name = "S3_ACCESS_KEY_ID", fromEnvironment = "S3_ACCESS_KEY_ID"),
    (name = "S3_SECRET_ACCESS_KEY", fromEnvironment = "S3_SECRET_ACCESS_KEY"),
    (name = "TOKEN", fromEnvironment = "TOKEN"),
  ],
  compatibilityDate = "2026-01-01",
);
