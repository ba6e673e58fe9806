/** Changed ranges of RBD images, by Ceph's own command. */
import { execFile } from "node:child_process";
import type { DiskImages, RbdImage } from "../../ports.js";
import { imageError, missingProgram } from "./failures.js";

const PROGRAM = "rbd";
/** An image of 16 TiB in objects of 4 MiB has four million ranges at most, unless they are smaller. */
const OUTPUT_MAX = 512 * 1024 * 1024;

export const rbdChanges: DiskImages["changesSince"] = async (image, snapshot, { name, signal }) => {
  const args = [
    "diff",
    ...["--format", "json", "--from-snap", snapshot],
    ...(image.user === undefined ? [] : ["--id", image.user]),
    ...(image.configuration === undefined ? [] : ["--conf", image.configuration]),
    specOf(image),
  ];
  return await new Promise((done, fail) => {
    execFile(PROGRAM, args, { maxBuffer: OUTPUT_MAX, signal }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else if (signal?.aborted) fail(signal.reason);
      else if (error.code === "ENOENT") fail(missingProgram(name, PROGRAM, "ceph-common"));
      else fail(imageError(name, PROGRAM, stderr || error.message));
    });
  });
};

function specOf({ pool, namespace, image, snapshot }: RbdImage): string {
  const path = [pool, ...(namespace === undefined ? [] : [namespace]), image].join("/");
  return snapshot === undefined ? path : `${path}@${snapshot}`;
}
