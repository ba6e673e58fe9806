/** `repository clean` on the emulator of Google Cloud Storage, where uploads that nobody completes show nowhere. */
import test from "ava";
import { cleanCases } from "./clean-cases.js";
import { startGcsEmulator } from "./gcs-emulator.js";

const UNIT = 262_144;

cleanCases({
  test,
  name: "GCS",
  showsUploads: false,
  async make(t) {
    const emulator = await startGcsEmulator({ pageSize: 7 });
    t.teardown(() => emulator.stop());
    return {
      repository: `gs://volumebackups?endpoint=${emulator.url}`,
      container: "volumebackups",
      options: {
        backup_gcs_access_token: emulator.grant(),
        backup_gcs_project_id: "tests",
        backup_gcs_writer_chunk_size: String(UNIT),
      },
      partSize: UNIT,
    };
  },
});
