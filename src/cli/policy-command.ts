import { Command } from 'commander';

import type { StoreConfig } from '../config/config.ts';
import { azurePolicy } from '../store/azure-policy.ts';
import { rclonePolicy } from '../store/rclone-policy.ts';
import { s3Policy } from '../store/s3-policy.ts';
import { requiredConfig } from './choose-config.ts';
import { knownStore } from './known-store.ts';

/** `etcd-backup policy <store>`: prints the rights that the credentials of a store need. Reaches no store. */
export function policyCommand(): Command {
  return new Command('policy')
    .summary("print the rights that a store's credentials need")
    .description(
      'Prints exactly the rights that backups need in a store: create, read, list and give up unfinished uploads, never to delete a backup. Of a bucket: an IAM policy as JSON; of a container of Azure: a custom role and the permissions of a SAS token. Reaches no store.',
    )
    .argument('<store>', 'a store of the configuration')
    .option('--config <file>', 'the configuration file')
    .action(async (name: string, { config }: { readonly config?: string }) => {
      const store = knownStore(await requiredConfig(config), name);
      process.stdout.write(`${rightsOf(store)}\n`);
    });
}

function rightsOf(store: StoreConfig): string {
  if ('s3' in store) return JSON.stringify(s3Policy(store.s3), undefined, 2);
  if ('azure' in store) return JSON.stringify(azurePolicy(store.azure), undefined, 2);
  if ('rclone' in store) return rclonePolicy(store.rclone);
  return `The worker's user must be able to read, write and enter ${store.directory}; nothing else has to.`;
}
