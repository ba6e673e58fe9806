/** Keys in a repository: wrapped for recipients of age's, accepted by id only. */
import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";
import test from "ava";
import { EncryptedSink } from "../../src/encryption/encrypted-sink.js";
import { type Identities, parseIdentityFile, parsePassphraseFile } from "../../src/encryption/identities.js";
import { StoredKeyRing } from "../../src/encryption/key-ring.js";
import { KeyStore } from "../../src/encryption/key-store.js";
import { RepositoryKey } from "../../src/encryption/repository-key.js";
import { RepositoryKeys } from "../../src/encryption/repository-keys.js";
import { newKey, type Recipient } from "../../src/encryption/wrapping.js";
import { InvalidStateError, NotFoundError, UsageError } from "../../src/errors.js";
import { Secret } from "../../src/options/secret.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { getObject, patternBytes, putObject } from "../../src/testing/objects.js";

const clock = { now: (): Date => new Date(0), monotonicMs: (): number => 0 };
const OBJECT = { container: "box", name: "volume_1-00001" };
const NONE: Identities = { identities: [] };

interface Person {
  readonly recipient: Recipient;
  readonly text: string;
  readonly identities: Identities;
}

async function person(make: () => Promise<string> = generateX25519Identity): Promise<Person> {
  const identity = await make();
  const text = await identityToRecipient(identity);
  return { text, recipient: { kind: "age", text }, identities: { identities: [new Secret(identity)] } };
}

function ringOf(sink: MemorySink, keyIds: readonly string[], identities: Identities): EncryptedSink {
  return new EncryptedSink(
    sink,
    new StoredKeyRing(new KeyStore(sink), { keyIds, identities: async () => identities }),
  );
}

for (const naming of ["flat", "hierarchical"] as const) {
  test(`recipients come and go without a change to any object, ${naming} names`, async (t) => {
    const sink = new MemorySink({ naming });
    await sink.createContainer("box");
    const keys = new RepositoryKeys(new KeyStore(sink, "box"), clock);
    const [mason, quarry] = [await person(), await person(generateHybridIdentity)];
    const [made] = await keys.make("first", [mason.recipient]);
    const { keyId } = made!;
    const ofMason = ringOf(sink, [keyId], mason.identities);
    await putObject(ofMason, OBJECT, patternBytes(1000, 1));
    const stored = await getObject(sink, OBJECT);

    const refused = {
      instanceOf: UsageError,
      message: /^Cannot open key .*: it is wrapped for age1.* given did not open it$/,
    };
    await t.throwsAsync(getObject(ringOf(sink, [keyId], quarry.identities), OBJECT), refused);
    await t.throwsAsync(getObject(ringOf(sink, [keyId], NONE), OBJECT), {
      message: /no --identity and no --passphrase-file is given$/,
    });
    await keys.add([quarry.recipient], mason.identities);
    t.deepEqual(await getObject(ringOf(sink, [keyId], quarry.identities), OBJECT), patternBytes(1000, 1));
    await t.throwsAsync(keys.add([quarry.recipient], mason.identities), { instanceOf: InvalidStateError });

    t.is((await keys.list()).length, 2);
    await keys.remove(mason.text);
    await t.throwsAsync(getObject(ringOf(sink, [keyId], mason.identities), OBJECT), refused);
    await t.throwsAsync(keys.remove(quarry.text), {
      instanceOf: InvalidStateError,
      message: /the last of key/,
    });
    await t.throwsAsync(keys.remove("age1nobody"), { instanceOf: NotFoundError });
    t.deepEqual(await getObject(sink, OBJECT), stored);
  });
}

test("a rotation makes a key for new objects, and old ones stay readable", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer("box");
  const keys = new RepositoryKeys(new KeyStore(sink, "box"), clock);
  const mason = await person();
  await t.throwsAsync(keys.make("rotated", [mason.recipient]), { instanceOf: InvalidStateError });
  const [old] = await keys.make("first", [mason.recipient]);
  await t.throwsAsync(keys.make("first", [mason.recipient]), { instanceOf: InvalidStateError });
  await putObject(ringOf(sink, [old!.keyId], mason.identities), OBJECT, patternBytes(10, 1));
  const [fresh] = await keys.make("rotated", [mason.recipient]);
  const both = ringOf(sink, [fresh!.keyId, old!.keyId], mason.identities);
  await putObject(both, { ...OBJECT, name: "new" }, patternBytes(10, 2));
  t.deepEqual(await getObject(both, OBJECT), patternBytes(10, 1));
  const onlyOld = ringOf(sink, [old!.keyId], mason.identities);
  await t.throwsAsync(getObject(onlyOld, { ...OBJECT, name: "new" }), {
    instanceOf: UsageError,
    message: `Cannot decrypt object: it is encrypted with key ${fresh!.keyId}, and encryption_key accepts ${old!.keyId}`,
  });
});

test("without the key that is named nothing is stored, encrypted or not", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer("box");
  const mason = await person();
  const keys = new RepositoryKeys(new KeyStore(sink, "box"), clock);
  await keys.make("first", [mason.recipient]);
  const names: string[] = [];
  for await (const { name } of sink.list("box", "")) names.push(name);
  const other = ringOf(sink, ["0".repeat(32)], mason.identities);
  await t.throwsAsync(other.create("box", "volume_1-00001"), {
    instanceOf: InvalidStateError,
    message: /^Cannot encrypt backup: the repository has no key 0{32}; make one with .*plain_repositories$/,
  });
  for await (const { name } of sink.list("box", "")) t.true(names.includes(name));
});

test("a wrapped key that holds another key is not trusted", async (t) => {
  const [sink, foreign] = [new MemorySink(), new MemorySink()];
  for (const each of [sink, foreign]) await each.createContainer("box");
  const mason = await person();
  const [own] = await new RepositoryKeys(new KeyStore(sink, "box"), clock).make("first", [mason.recipient]);
  const [other] = await new RepositoryKeys(new KeyStore(foreign, "box"), clock).make("first", [
    mason.recipient,
  ]);
  await new KeyStore(sink, "box").remove(own!);
  await new KeyStore(sink, "box").put({ ...own!, age: other!.age });
  await t.throwsAsync(ringOf(sink, [own!.keyId], mason.identities).create("box", "a"), {
    message: /^Cannot trust key/,
  });
});

test("a passphrase opens a key that any implementation of age has wrapped", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer("box");
  const bytes = newKey();
  const { id: keyId } = await RepositoryKey.from(bytes);
  const encrypter = new Encrypter();
  encrypter.setPassphrase("correct horse");
  // The usual factor takes seconds.
  encrypter.setScryptWorkFactor(4);
  const age = armor.encode(await encrypter.encrypt(bytes));
  const store = new KeyStore(sink, "box");
  await store.put({ keyId, id: "0".repeat(16), recipient: "passphrase", createdAt: "", age });
  const given = (text: string): Identities => ({ identities: [], passphrase: new Secret(text) });
  await putObject(ringOf(sink, [keyId], given("correct horse")), OBJECT, patternBytes(10, 1));
  await t.throwsAsync(getObject(ringOf(sink, [keyId], given("wrong horse")), OBJECT), {
    message: /it is wrapped for passphrase, and a passphrase given did not open it$/,
  });
});

test("identity and passphrase files: errors name the line, and quote no secret", async (t) => {
  const identity = await generateX25519Identity();
  const found = parseIdentityFile(`# created: today\n\n${identity}\r\n`, "id.txt");
  t.deepEqual(
    found.map((secret) => secret.reveal()),
    [identity],
  );
  const wrong = t.throws(() => parseIdentityFile(`${identity}\nhunter2\n`, "id.txt"), {
    instanceOf: UsageError,
  });
  t.is(
    wrong?.message,
    'Cannot use identity file "id.txt": line 2 is not an identity of age, AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…',
  );
  t.throws(() => parseIdentityFile("# nothing\n", "id.txt"), { message: /it has no identity$/ });
  t.is(parsePassphraseFile("two words\nmore", "p.txt").reveal(), "two words");
  t.throws(() => parsePassphraseFile("\n", "p.txt"), { message: /its first line is empty$/ });
  const keys = new RepositoryKeys(new KeyStore(new MemorySink(), "box"), clock);
  const secret = await t.throwsAsync(keys.make("first", [{ kind: "age", text: identity }]), {
    instanceOf: UsageError,
  });
  t.is(secret?.message, "Cannot use recipient: want one of age's, age1… or age1pq1…");
});
