export { labDown } from './down.ts';
export { type Lab, type NodeCommandResult, openLab } from './lab.ts';
export { LabError } from './lab-error.ts';
export { type LabStatus, labStatus } from './status.ts';
export { labUp } from './up.ts';
