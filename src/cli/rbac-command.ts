import { Command, InvalidArgumentError, Option } from 'commander';

import { namespaceName } from '../config/fields.ts';
import type { Access } from '../contracts/index.ts';
import { rbacObjects } from '../openshift/rbac-objects.ts';
import type { RbacSubject } from '../openshift/rbac-objects.ts';
import { requiredConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { renderRbac } from './render-rbac.ts';
import { parseCluster } from './run-options.ts';

interface RbacFlags {
  readonly namespace?: string;
  readonly access?: Access;
  readonly serviceAccount?: Extract<RbacSubject, { readonly kind: 'ServiceAccount' }>;
  readonly user?: string;
  readonly config?: string;
}

/** `etcd-backup rbac [<cluster>]`: prints what an administrator applies before the first backup. Reads no cluster. */
export function rbacCommand(): Command {
  return new Command('rbac')
    .summary('print the roles and bindings that backups need')
    .description(
      'Prints our namespace and exactly the roles and bindings that backups with these options need, as YAML for oc apply. Reads no cluster.',
    )
    .argument(
      '[cluster]',
      'a cluster of the configuration, for its namespace and access',
      parseCluster,
    )
    .option('--namespace <name>', 'the namespace of the debug pod and the Lease', parseNamespace)
    .addOption(
      new Option('--access <way>', 'the way to the nodes').choices(['debugPod', 'ssh', 'local']),
    )
    .addOption(
      new Option(
        '--service-account <namespace/name>',
        'bind to this service account; without it, etcd-backup in our namespace',
      ).argParser(parseServiceAccount),
    )
    .addOption(new Option('--user <name>', 'bind to this user instead').conflicts('serviceAccount'))
    .option('--config <file>', 'the configuration file')
    .action(async (cluster: string | undefined, flags: RbacFlags) => {
      const chosen =
        cluster === undefined
          ? undefined
          : knownCluster(await requiredConfig(flags.config), cluster);
      const namespace = flags.namespace ?? chosen?.namespace ?? 'etcd-backup';
      const access = flags.access ?? chosen?.access ?? 'debugPod';
      const subject = subjectOf(flags, namespace);
      process.stdout.write(renderRbac(rbacObjects({ access, namespace, subject })));
    });
}

function subjectOf({ user, serviceAccount }: RbacFlags, namespace: string): RbacSubject {
  if (user !== undefined) return { kind: 'User', name: user };
  return serviceAccount ?? { kind: 'ServiceAccount', namespace, name: 'etcd-backup' };
}

function parseNamespace(text: string): string {
  if (namespaceName.safeParse(text).success) return text;
  throw new InvalidArgumentError(
    'Expected the name of a namespace: up to 63 of a-z, 0-9 and minus.',
  );
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const accountPattern = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

function parseServiceAccount(text: string): RbacFlags['serviceAccount'] & object {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (
    namespaceName.safeParse(namespace).success &&
    accountPattern.test(name) &&
    rest.length === 0
  ) {
    return { kind: 'ServiceAccount', namespace, name };
  }
  throw new InvalidArgumentError('Expected namespace/name, such as etcd-backup/etcd-backup.');
}
