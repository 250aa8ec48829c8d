import { Command } from 'commander';

import { s3Policy } from '../store/s3-policy.ts';
import { requiredConfig } from './choose-config.ts';
import { knownStore } from './known-store.ts';

/** `etcd-backup policy <store>`: prints the rights that the credentials of a store need. Reaches no store. */
export function policyCommand(): Command {
  return new Command('policy')
    .summary("print the rights that a store's credentials need")
    .description(
      'Prints exactly the rights that backups need in a store: create, read, list and give up unfinished uploads, never delete. Of a bucket: an IAM policy as JSON. Reaches no store.',
    )
    .argument('<store>', 'a store of the configuration')
    .option('--config <file>', 'the configuration file')
    .action(async (name: string, { config }: { readonly config?: string }) => {
      const store = knownStore(await requiredConfig(config), name);
      const text =
        's3' in store
          ? JSON.stringify(s3Policy(store.s3), undefined, 2)
          : `The worker's user must be able to read, write and enter ${store.directory}; nothing else has to.`;
      process.stdout.write(`${text}\n`);
    });
}
