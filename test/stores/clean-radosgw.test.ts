/** `repository clean` on Ceph's radosgw. */
import { randomBytes } from "node:crypto";
import test from "ava";
import { MIB } from "../../src/units.js";
import { cleanCases } from "./clean-cases.js";
import { startRadosgw } from "./radosgw-server.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);

cleanCases({
  test,
  name: "S3 on radosgw",
  showsUploads: true,
  make: async () => {
    const account = await radosgw.server.makeAccount();
    const bucket = `clean-${randomBytes(6).toString("hex")}`;
    return {
      repository: `s3://${bucket}?endpoint=${radosgw.server.endpoint}`,
      container: bucket,
      options: {
        backup_s3_store_access_key: account.accessKeyId,
        backup_s3_store_secret_key: account.secretAccessKey,
        backup_s3_part_size: String(5 * MIB),
      },
      partSize: 5 * MIB,
    };
  },
});
