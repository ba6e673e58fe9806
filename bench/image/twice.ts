/** A volume twice as large, of the same content twice. */
import { run } from "../peers/command.js";

export const TWICE = 2;

/** @returns path of the new image, beside that of `image` */
export async function makeTwice(image: string): Promise<string> {
  const path = `${image}.twice`;
  await run({ argv: ["cat", image, image], output: path });
  return path;
}
