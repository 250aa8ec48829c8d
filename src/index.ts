export { startBackup } from './client.ts';
export type { BackupWorkflow, StartBackupOptions, StartedBackup } from './client.ts';
export type { ClusterInput, Config, ConfigInput, StoreInput } from './config/config.ts';
export { ConfigError } from './config/config-error.ts';
export type { ConfigProblem } from './config/config-error.ts';
export { loadConfig } from './config/load.ts';
export { defineConfig } from './config/parse.ts';
export * from './contracts/index.ts';
