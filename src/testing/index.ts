export { signerBundle } from './certificates.ts';
export { condition, named } from './cluster-objects.ts';
export { startEtcd } from './start-etcd.ts';
export { startStandInCluster } from './stand-in-cluster.ts';
export { StandInNode } from './stand-in-node.ts';
export { waitUntil } from './wait-until.ts';

export type { ExecProtocol } from './api-server.ts';
export type { Validity } from './certificates.ts';
export type * from './cluster-objects.ts';
export type { FaultHandle, FaultTimes } from './fault-list.ts';
export type { ApiFault, ExecFault, RequestMatch } from './faults.ts';
export type { NodeCommandResult } from './node-machine.ts';
export type { ContainerState, ContainerStatus, Pod, PodSpec, PodStatus } from './pod-schema.ts';
export type { PodEnd } from './pod-status.ts';
export type { LoggedRequest } from './request-log.ts';
export type { RunningEtcd, StartEtcdOptions } from './start-etcd.ts';
export type { StandInCluster, StandInClusterOptions, StandInFaults } from './stand-in-cluster.ts';
export type { HeldScript, HoldPoint } from './stand-in-node.ts';
