export { etcdBackup } from './etcd-backup.ts';
