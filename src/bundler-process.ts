import { bundleWorkflowCode } from '@temporalio/worker';

/** The child process of `bundleWorkflows`: bundles one module, sends the bundle to its parent, and ends. */
const [, , workflowsPath = ''] = process.argv;
const quiet = () => {};
const bundle = await bundleWorkflowCode({
  workflowsPath,
  logger: {
    log: quiet,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: console.error,
    error: console.error,
  },
});
process.send?.(bundle, () => process.disconnect());
