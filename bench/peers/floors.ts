/** What the machine itself takes for a part of the job: no backup can be expected to be faster than these. */
import { join } from "node:path";
import type { Command } from "./command.js";
import type { Site } from "./site.js";
import type { ToolName } from "./tools.js";

export interface Floor {
  readonly name: string;
  readonly tool: ToolName;
  readonly command: (site: Site) => Command;
}

/** A compressed qcow2 image: clusters of 64 KiB, each by itself. */
function qemuImg(type: "zlib" | "zstd", cores: number): Floor {
  return {
    name: `qemu-img -c, ${type}`,
    tool: "qemu-img",
    command: (site) => ({
      argv: [
        ...["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-W", "-m", String(cores)],
        ...["-o", `compression_type=${type}`, site.volume, copy(site)],
      ],
    }),
  };
}

const copy = (site: Site): string => join(site.target, "copy");

type FloorName =
  | "copy"
  | "igzip"
  | "libdeflate"
  | "pigz"
  | "qemuZlib"
  | "qemuZstd"
  | "read"
  | "sha256"
  | "synced"
  | "zstd";

export function floors(cores: number): Record<FloorName, Floor> {
  return {
    libdeflate: {
      name: "libdeflate-gzip -6, one core",
      tool: "libdeflate-gzip",
      command: (site) => ({ argv: ["libdeflate-gzip", "-6", "-c", site.volume], output: copy(site) }),
    },
    igzip: {
      name: `igzip -2 -T ${cores}`,
      tool: "igzip",
      command: (site) => ({
        argv: ["igzip", "-2", "-c", "-T", String(cores), site.volume],
        output: copy(site),
      }),
    },
    qemuZlib: qemuImg("zlib", cores),
    qemuZstd: qemuImg("zstd", cores),
    pigz: {
      name: `pigz -6 -p${cores}`,
      tool: "pigz",
      command: (site) => ({
        argv: ["pigz", "-6", "-c", "-p", String(cores), site.volume],
        output: copy(site),
      }),
    },
    zstd: {
      name: `zstd -3 -T${cores}`,
      tool: "zstd",
      command: (site) => ({ argv: ["zstd", "-q", "-3", `-T${cores}`, "-o", copy(site), site.volume] }),
    },
    sha256: {
      name: "openssl sha256",
      tool: "openssl",
      command: (site) => ({ argv: ["openssl", "dgst", "-sha256", site.volume] }),
    },
    read: {
      name: "dd, read only",
      tool: "dd",
      command: (site) => ({ argv: ["dd", `if=${site.volume}`, "of=/dev/null", "bs=1M", "status=none"] }),
    },
    copy: {
      name: "cp",
      tool: "cp",
      command: (site) => ({ argv: ["cp", "--sparse=never", "--reflink=never", site.volume, copy(site)] }),
    },
    synced: {
      name: "dd, synced",
      tool: "dd",
      command: (site) => ({
        argv: ["dd", `if=${site.volume}`, `of=${copy(site)}`, "bs=1M", "conv=fsync", "status=none"],
      }),
    },
  };
}
