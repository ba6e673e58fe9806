/** What a bundler makes of the files that the worker imports. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: that is how workers get a module of WebAssembly
  export default module;
}

declare module "zstd-wasm/index.web.js" {
  export function compress(plain: Uint8Array, level: number): Uint8Array;
  export function decompress(frame: Uint8Array): Uint8Array;
}

declare module "zstd-wasm/module.js" {
  export const Module: {
    instantiateWasm?(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => WebAssembly.Exports,
    ): WebAssembly.Exports;
    init(path: string): void;
  };
  export function waitInitialized(): Promise<void>;
}
