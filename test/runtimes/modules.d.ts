/** What a bundler makes of the files that the worker imports. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: that is how workers get a module of WebAssembly
  export default module;
}
