/** The kinds of repositories that there are. */
import { UsageError } from "../errors.js";
import type { Driver, DriverOption } from "./driver.js";
import { gcsDriver } from "./gcs/options.js";
import { posixDriver } from "./posix/options.js";
import { s3Driver } from "./s3/options.js";
import { glusterfsDriver, nfsDriver } from "./share/options.js";
import { swiftDriver } from "./swift/options.js";

export const DRIVERS: readonly Driver[] = [
  posixDriver,
  nfsDriver,
  glusterfsDriver,
  swiftDriver,
  s3Driver,
  gcsDriver,
];

/** Every driver's options by name; those that several have are the same. */
export const DRIVER_OPTIONS: Readonly<Record<string, DriverOption>> = Object.assign(
  {},
  ...DRIVERS.map(({ options }) => options),
);

/** By its class, its class's module, or its short name. @throws UsageError for another */
export function driverNamed(text: string): Driver {
  const found = DRIVERS.find(
    ({ name, service }) => text === name || text === service || text === service.replace(/\.[^.]*$/, ""),
  );
  if (found !== undefined) return found;
  const names = DRIVERS.map(({ name, service }) => `${name} (${service})`).join(", ");
  throw new UsageError(`want one of ${names}`);
}

/** By a repository's URL; a path is a directory's. @throws UsageError for a URL of no kind that there is */
export function driverOfUrl(text: string): Driver {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase() ?? "file:";
  const found = DRIVERS.find(({ schemes }) => schemes.includes(scheme));
  if (found !== undefined) return found;
  const forms = DRIVERS.flatMap(({ schemes }) => schemes).map((each) => `${each}//`);
  // What is behind the scheme may hold a password.
  throw new UsageError(
    `Cannot use a repository with ${scheme}//: want a path, or a URL that begins with one of ${forms.join(", ")}`,
  );
}
