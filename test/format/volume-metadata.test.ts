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

const UNKNOWN: ReturnType<typeof readVolumeMetadata> = {
  ...{ name: undefined, description: undefined, size: undefined },
  ...{ bootable: false, encryptionKeyId: undefined, userMetadata: undefined },
  ...{ userId: undefined, projectId: undefined },
};

test("versions 1 and 2 are read, of another only the size is believed", (t) => {
  const text = (version: number): string =>
    JSON.stringify({
      version,
      "volume-base-metadata": {
        ...{ display_name: "n", display_description: "d", size: 3, encryption_key_id: "k" },
        ...{ user_id: "u", project_id: "p" },
      },
      "volume-metadata": { a: "b", wrong: 7 },
      "volume-glance-metadata": { image_id: "i" },
    });
  const known = {
    ...{ name: "n", description: "d", size: 3, bootable: true, userMetadata: { a: "b" } },
    ...{ userId: "u", projectId: "p" },
    encryptionKeyId: "k",
  };
  t.deepEqual(readVolumeMetadata(text(2)), known);
  t.deepEqual(readVolumeMetadata(text(1)), { ...known, encryptionKeyId: undefined });
  t.deepEqual(readVolumeMetadata(text(3)), { ...UNKNOWN, size: 3 });
});

test("reads name and size of what it prints, and of nothing else", (t) => {
  t.like(readVolumeMetadata(printVolumeMetadata(VOLUME)), { name: "data", size: 7 });
  const unknown = UNKNOWN;
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
