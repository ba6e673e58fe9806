/** `repository clean` on Swift, and on Swift's S3 API. */
import { randomBytes } from "node:crypto";
import test from "ava";
import { MIB } from "../../src/units.js";
import { cleanCases } from "./clean-cases.js";
import { startSwift, useServer } from "./swift-server.js";

const swift = useServer(test, () => startSwift({ accounts: { cleaned: "a-key" } }));

cleanCases({
  test,
  name: "Swift",
  showsUploads: true,
  make: async () => ({
    repository: `swift+${swift.server.authUrl}?auth_version=1&user=cleaned:user`,
    container: "volumebackups",
    options: { backup_swift_key: "a-key", backup_swift_segment_size: String(MIB) },
    partSize: MIB,
  }),
});

cleanCases({
  test,
  name: "S3 on Swift",
  showsUploads: true,
  make: async () => {
    const bucket = `clean-${randomBytes(6).toString("hex")}`;
    return {
      repository: `s3://${bucket}?endpoint=${swift.server.url}`,
      container: bucket,
      options: {
        backup_s3_store_access_key: "test:tester",
        backup_s3_store_secret_key: "testing",
        backup_s3_part_size: String(5 * MIB),
      },
      partSize: 5 * MIB,
    };
  },
});
