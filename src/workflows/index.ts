export { etcdBackup } from './etcd-backup.ts';
export { etcdBackupCheck } from './etcd-backup-check.ts';
