import test from "ava";
import { printVolumeMetadata, readVolumeMetadata } from "../../src/format/volume-metadata.js";

const VOLUME = {
  id: "v-1",
  name: "data",
  description: null,
  size: 7,
  status: "available",
  bootable: false,
  availabilityZone: "nova",
  encryptionKeyId: null,
  userId: "u",
  projectId: "p",
  createdAt: new Date("2026-11-22T18:56:25.107Z"),
  userMetadata: {},
} as const;

test("prints the reference system's layout, version 2", (t) => {
  t.deepEqual(JSON.parse(printVolumeMetadata(VOLUME)), {
    version: 2,
    "volume-base-metadata": {
      id: "v-1",
      size: 7,
      status: "available",
      display_name: "data",
      display_description: null,
      availability_zone: "nova",
      encryption_key_id: null,
      volume_type_id: null,
      bootable: false,
      user_id: "u",
      project_id: "p",
      created_at: "2026-11-22T18:56:25.107000",
    },
  });
});

test("the user's own metadata is there only if there is some", (t) => {
  const printed = JSON.parse(printVolumeMetadata({ ...VOLUME, userMetadata: { tier: "gold" } })) as object;
  t.deepEqual(printed, { ...JSON.parse(printVolumeMetadata(VOLUME)), "volume-metadata": { tier: "gold" } });
});

test("reads name and size of what it prints, and of nothing else", (t) => {
  t.deepEqual(readVolumeMetadata(printVolumeMetadata(VOLUME)), { name: "data", size: 7 });
  const unknown = { name: undefined, size: undefined };
  for (const text of [
    null,
    "",
    "{",
    "null",
    "[]",
    "7",
    '{"volume-base-metadata": null}',
    '{"volume-base-metadata": "data"}',
    '{"volume-base-metadata": {"display_name": "", "size": 0}}',
    '{"volume-base-metadata": {"display_name": 7, "size": "7"}}',
    '{"volume-base-metadata": {"size": 1.5}}',
  ]) {
    t.deepEqual(readVolumeMetadata(text), unknown, String(text));
  }
});
