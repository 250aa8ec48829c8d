import { z } from 'zod';

import { requiredPermissions } from '../../src/openshift/permissions.ts';
import type { RequiredPermission } from '../../src/openshift/permissions.ts';
import { rbacObjects } from '../../src/openshift/rbac-objects.ts';
import type { RbacObject } from '../../src/openshift/rbac-objects.ts';
import type { Api } from '../cluster/api.ts';

const namespace = 'etcd-backup';
const name = 'etcd-backup';

/** What the account is granted: everything that a backup through a debug pod needs, and nothing else. */
export const backupPermissions = requiredPermissions({ access: 'debugPod', namespace });

const tokenRequest = z.object({ status: z.object({ token: z.string() }) });

/**
 * Makes a service account with what `etcd-backup rbac` prints, and returns a token of it, good for a day. Safe to repeat;
 * each time gives another token.
 */
export async function makeBackupUser(api: Api): Promise<string> {
  await grantPermissions(api, backupPermissions);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const spec = { expirationSeconds: 86_400 };
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return tokenRequest.parse(await api.post(path, request)).status.token;
}

/** Grants the account these permissions, some of {@link backupPermissions}, and no other. Safe to repeat. */
export async function grantPermissions(
  api: Api,
  permissions: readonly RequiredPermission[],
): Promise<void> {
  const subject = { kind: 'ServiceAccount', namespace, name } as const;
  const options = { access: 'debugPod', namespace, subject } as const;
  const all = rbacObjects({ ...options, permissions: backupPermissions });
  const wanted = rbacObjects({ ...options, permissions }).map(({ object }) => object);
  const apply = async (object: RbacObject): Promise<void> => {
    const path = pathOf(object);
    // A role that lost its last rule is not among the wanted ones, and would keep it.
    const without = object.rules === undefined ? object : { ...object, rules: [] };
    await api.apply(path, wanted.find((each) => pathOf(each) === path) ?? without);
  };
  const isFirst = ({ kind }: RbacObject): boolean => kind === 'Namespace';
  const objects = all.map(({ object }) => object);
  await Promise.all(objects.filter(isFirst).map(apply));
  await Promise.all(objects.filter((object) => !isFirst(object)).map(apply));
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

function pathOf({ kind, metadata }: RbacObject): string {
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const base = kind.includes('Role') ? rbac : '/api/v1';
  return `${base}${within}/${kind.toLowerCase()}s/${metadata.name}`;
}
