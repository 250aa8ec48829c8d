import {
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { expect, test } from 'vitest';

import { complaints, load } from './load-yaml.ts';

const recipients = await Promise.all(
  [1, 2, 3].map(async () => await identityToRecipient(await generateX25519Identity())),
);
const [ours = '', theirs = '', third = ''] = recipients;
const hybrid = await identityToRecipient(await generateHybridIdentity());

/** The recipients of the snapshot's store stand in line 6, those of the static kube resources' in line 7. */
const sealed = (primary: readonly string[], vault: readonly string[], more = '') => `clusters:
  prod-eu:
    kubeconfig: { file: /run/secrets/prod-eu }
    stores: { snapshot: primary, staticKubeResources: vault }
stores:
  primary: { directory: /mnt/a, recipients: ${JSON.stringify(primary)} }
  vault: { directory: /mnt/b, recipients: ${JSON.stringify(vault)} }
${more}`;

test.each([
  ['one in each store', [ours], [theirs]],
  ['several', [ours, third], [theirs]],
  ['post-quantum ones', [hybrid], [theirs]],
])('recipients are what age-keygen prints: %s', async (_, primary, vault) => {
  const { stores } = await load(sealed(primary, vault));
  expect(stores['primary']?.recipients).toEqual(primary);
  expect(stores['vault']?.recipients).toEqual(vault);
});

/** The last letter belongs to the checksum. */
const mistyped = (recipient: string) =>
  recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q');

test.each([
  ['with a wrong letter', mistyped(ours)],
  ['with a wrong letter, of a post-quantum one', mistyped(hybrid)],
  ['with a letter missing', ours.slice(0, -1)],
])('a recipient %s would seal for nobody, and is refused', async (_, recipient) => {
  const yaml = sealed([recipient], [third]);
  await expect(load(yaml)).rejects.toThrow('stores.primary.recipients.0');
  const [problem, ...others] = await complaints(yaml);
  expect(problem).toMatch(
    /^etcd-backup\.yaml:6:\d+: stores\.primary\.recipients\.0: expected an? /,
  );
  expect(others).toEqual([]);
});

test('an identity in the place of a recipient is refused, and not shown', async () => {
  const identity = await generateX25519Identity();
  const problems = await complaints(sealed([identity], [theirs]));
  expect(problems).toEqual([
    expect.stringContaining('stores.primary.recipients.0: expected an age recipient'),
  ]);
  expect(problems.join()).not.toContain(identity.slice(0, 24));
});

test('nobody is a recipient of both files where they go to two stores', async () => {
  const column = sealed([ours], [theirs, ours]).split('\n')[6]!.indexOf(`"${ours}"`) + 1;
  await expect(load(sealed([ours], [theirs, ours]))).rejects.toThrow('a recipient of both');
  expect(await complaints(sealed([ours], [theirs, ours]))).toEqual([
    `etcd-backup.yaml:7:${column}: stores.vault.recipients.1: expected one who cannot open store primary too, ` +
      `got ${ours.slice(0, 12)}…, a recipient of both`,
  ]);
});

test('nor in a second place', async () => {
  const copies = 'copies: [{ snapshot: second, staticKubeResources: vault }]';
  const yaml = sealed(
    [ours],
    [theirs],
    `  second: { directory: /mnt/c, recipients: [${theirs}] }\n`,
  );
  expect(await load(yaml)).toBeDefined();
  const problems = await complaints(
    yaml.replace('stores:\n', `${copies}\nstores:\n`).replace(copies, `    ${copies}`),
  );
  expect(problems).toEqual([
    expect.stringContaining('expected one who cannot open store second too'),
  ]);
});

test('one store for both files has one set of recipients', async () => {
  const yaml = sealed([ours], [theirs]).replace('Resources: vault', 'Resources: primary');
  expect(await load(yaml)).toBeDefined();
});

test('post-quantum recipients are not mixed with others, who would take their protection away', async () => {
  expect(await complaints(sealed([ours, hybrid], [theirs]))).toEqual([
    expect.stringContaining(
      'stores.primary.recipients: expected all of them age1… or all of them age1pq1…, got both kinds',
    ),
  ]);
});

test('what stands before the sealed bytes has its limits', async () => {
  expect(
    await complaints(
      sealed(
        Array.from({ length: 21 }, () => ours),
        [theirs],
      ),
    ),
  ).toEqual([
    expect.stringContaining('stores.primary.recipients: expected at most 20 age recipients'),
  ]);
});
