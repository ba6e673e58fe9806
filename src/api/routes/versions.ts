/** Version discovery, which needs no token. */
import { MICROVERSION_MAX } from "../microversion.js";

/** @param base without a slash at the end */
export function versionDocument(base: string): object {
  const links = [
    { rel: "describedby", type: "text/html", href: "https://docs.openstack.org/" },
    { rel: "self", href: `${base}/v3/` },
  ];
  const media = { base: "application/json", type: "application/vnd.openstack.volume+json;version=3" };
  return {
    versions: [
      {
        id: "v3.0",
        status: "CURRENT",
        version: `3.${MICROVERSION_MAX}`,
        min_version: "3.0",
        updated: "2023-08-31T00:00:00Z",
        links,
        "media-types": [media],
      },
    ],
  };
}
