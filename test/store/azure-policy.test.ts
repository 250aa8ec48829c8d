import { expect, test } from 'vitest';

import type { AzureOptions } from '../../src/store/azure-options.ts';
import { azurePolicy } from '../../src/store/azure-policy.ts';

const container: AzureOptions = { account: 'etcd', container: 'backups', prefix: 'platform' };
const immutable: AzureOptions = {
  ...container,
  immutability: { mode: 'locked', retainForMs: 86_400_000 },
};
const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

test('a container needs to be written to, read and listed', () => {
  expect(azurePolicy(container)).toEqual({
    role: {
      Name: 'etcd-backup etcd/backups',
      IsCustom: true,
      Description: 'Creates, reads and lists etcd backups; deletes nothing.',
      Actions: [],
      DataActions: [`${blobs}/read`, `${blobs}/write`],
      AssignableScopes: ['/subscriptions/<subscription>'],
    },
    assignment: {
      scope:
        '/subscriptions/<subscription>/resourceGroups/<resource group>/providers/Microsoft.Storage/storageAccounts/etcd/blobServices/default/containers/backups',
    },
    sas: { resource: 'container', permissions: 'rwl' },
  });
});

test('an immutability policy needs the one right that sets it, and no more', () => {
  expect(azurePolicy(immutable)).toMatchObject({
    role: {
      DataActions: [
        `${blobs}/immutableStorage/runAsSuperUser/action`,
        `${blobs}/read`,
        `${blobs}/write`,
      ],
    },
    sas: { permissions: 'rwli' },
  });
});

test('no right deletes, or is wider than the container', () => {
  for (const options of [container, immutable]) {
    const { role, sas, assignment } = azurePolicy(options);
    for (const action of role.DataActions) expect(action).not.toMatch(/delete|\*|move|tags/i);
    // d and x delete, y does for good, t and f tag and find, m and o move and own.
    expect(sas.permissions).not.toMatch(/[dxytfmop]/);
    expect(assignment.scope).toMatch(/\/containers\/backups$/);
  }
});
