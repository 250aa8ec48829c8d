export type { BackupActivities, SnapshotVerification, WireActivities } from './activities.ts';
export { formatBytes } from './bytes.ts';
export type {
  CertificateFacts,
  ClusterCheck,
  ClusterFacts,
  EncryptionFacts,
  GuardFinding,
  NodeCandidate,
  NodeSummary,
} from './cluster-facts.ts';
export { durationMs, durationPattern } from './duration.ts';
export type { Duration } from './duration.ts';
export { failureCatalogue, failureDetails, failureType } from './failures.ts';
export type { FailureDetails, FailureType } from './failures.ts';
export type {
  BackupFile,
  FileKind,
  NodeFile,
  ObjectLock,
  PartsChecksum,
  StoredFile,
  StoredLock,
} from './files.ts';
export { handlers } from './handlers.ts';
export type {
  BackupMemo,
  RecheckRequest,
  RecheckResult,
  RunStatus,
  StepStatus,
} from './handlers.ts';
export type { KeptTake, TakenFiles } from './kept-take.ts';
export { manifestFormat } from './manifest.ts';
export type { Manifest, ManifestSignature, RecheckRecord, TakeRecord } from './manifest.ts';
export { checkMetadata, checkWorkflowId } from './plan.ts';
export type {
  BackupPlan,
  CheckActivities,
  CheckRequest,
  CheckStep,
  Inspection,
  Permission,
  PlannedBackup,
  WireCheckActivities,
} from './plan.ts';
export { placesOf, storesOf } from './policy.ts';
export { sendsDirectly } from './sends-directly.ts';
export type {
  Access,
  BackupPolicy,
  QuietHours,
  StoreNames,
  StorePolicy,
  TransferPolicy,
} from './policy.ts';
export type { BackupRequest, Override } from './request.ts';
export type { BackupResult, Leftover, ManifestReference } from './result.ts';
export type {
  DebugSession,
  EtcdFacts,
  EtcdMember,
  HeldLease,
  KeyGeneration,
  NodeFacts,
  Run,
  RunContext,
  ScriptFileNames,
  ScriptRun,
  SnapshotStatus,
  Take,
  TakeContext,
} from './run.ts';
export {
  activityType,
  defaultTaskQueue,
  requestMemo,
  staticMetadata,
  stepOf,
  steps,
  workflowId,
  workflowType,
} from './steps.ts';
export type { ActivityType, Progress, Step } from './steps.ts';
export type { Verification, VerificationLevel } from './verification.ts';
