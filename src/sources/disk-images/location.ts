/**
 * Locations of disk images: `qcow2:PATH`, and `rbd:POOL/[NAMESPACE/]IMAGE[@SNAPSHOT][:id=USER][:conf=PATH]`, which is
 * the part of QEMU's own syntax that names an image and its user.
 */
import { UsageError } from "../../errors.js";
import type { DiskImage, RbdImage } from "../../ports.js";

const QCOW2 = /^qcow2:/i;
const RBD = /^rbd:/i;
const NAME = "[^/@:]+";
const RBD_IMAGE = new RegExp(
  `^rbd:(?<pool>${NAME})/(?:(?<namespace>${NAME})/)?(?<image>${NAME})(?:@(?<snapshot>${NAME}))?(?<options>(?::(?:id|conf)=[^:]+)*)$`,
  "i",
);

/** Whether a volume's location is meant as that of a disk image, valid or not. */
export function isDiskImage(location: string): boolean {
  return QCOW2.test(location) || RBD.test(location);
}

/** The path of an image in a file; `undefined` for any other location. */
export function imagePath(location: string): string | undefined {
  return QCOW2.test(location) ? location.replace(QCOW2, "") : undefined;
}

/** @throws UsageError that names the location and the wanted form */
export function parseDiskImage(location: string): DiskImage {
  const path = imagePath(location);
  if (path === undefined) return parseRbdImage(location);
  if (path.startsWith("/")) return { format: "qcow2", path };
  throw refusal(location, "qcow2:/PATH");
}

/** @throws UsageError for any other location */
export function parseRbdImage(location: string): RbdImage {
  const { pool, namespace, image, snapshot, options } = RBD_IMAGE.exec(location)?.groups ?? {};
  if (pool === undefined || image === undefined || options === undefined)
    throw refusal(location, "rbd:POOL/IMAGE[@SNAPSHOT][:id=USER][:conf=PATH]");
  const optionNamed = (name: string): string | undefined =>
    new RegExp(`:${name}=([^:]+)`, "i").exec(options)?.[1];
  const credentials = { user: optionNamed("id"), configuration: optionNamed("conf") };
  return { format: "rbd", pool, namespace, image, snapshot, ...credentials };
}

function refusal(location: string, wanted: string): UsageError {
  return new UsageError(`Cannot use ${JSON.stringify(location)} as a volume: want ${wanted}`);
}
