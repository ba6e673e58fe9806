/**
 * Commands that read an image with common tools. They contain no token, because the process list would show it.
 * @param url URL of an image, or of an example
 */
export function imageCommands(url: string): readonly string[] {
  return [
    `curl -r 0-511 ${url} | xxd`,
    `nbdkit -r curl ${url} --run 'nbdcopy "$uri" volume.raw'`,
    `qemu-img convert -f raw -O qcow2 ${url} volume.qcow2`,
    `qemu-nbd --read-only --format=raw --connect=/dev/nbd0 ${url}`,
  ];
}
