import { join } from 'node:path';

import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { manual } from '../../src/cli/manual.ts';
import { checkWorkflowId, workflowType } from '../../src/contracts/index.ts';
import type { BackupPlan, CheckRequest } from '../../src/contracts/index.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { openScene } from './scene.ts';

type CheckWorkflow = (request: CheckRequest) => Promise<BackupPlan>;

const main = join(import.meta.dirname, '../../src/cli/main.ts');
let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  scene = await openScene({ nodes: 3 });
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

const start = async (request: Partial<CheckRequest> = {}): Promise<WorkflowHandle<CheckWorkflow>> =>
  await scene.client.workflow.start<CheckWorkflow>(workflowType.check, {
    workflowId: checkWorkflowId('demo'),
    taskQueue: 'etcd-backup',
    args: [{ cluster: 'demo', ...request }],
  });

const cli = (...argv: string[]) =>
  execa(process.execPath, [main, 'check', 'demo', ...argv], {
    cwd: scene.directory,
    env: {
      PATH: process.env['PATH'],
      HOME: scene.directory,
      TEMPORAL_ADDRESS: scene.temporal.address,
    },
    extendEnv: false,
    reject: false,
  });

test('through a worker, while none is there, the command says which queue needs one, and waits', async () => {
  const checking = cli('--via-worker', '--json');
  let said = '';
  checking.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await waitUntil(
    'the notice',
    () => (said.includes('No worker polls') ? true : undefined),
    60_000,
  );
  await scene.startWorker();
  const { stdout, exitCode } = await checking;
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ cluster: 'demo', outcome: 'ready' });
});

describe('once a worker is there', () => {
  beforeAll(async () => {
    await scene.startWorker();
  });

  describe('the workflow of a check', () => {
    test('answers with a plan, in one step, and creates nothing in the cluster', async () => {
      const before = scene.cluster.requests.length;
      const handle = await start();
      expect(await handle.result()).toMatchObject({ outcome: 'ready', node: { name: 'master-0' } });
      expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
        currentDetails: expect.stringContaining('**Check of demo**: a backup may begin.'),
      });
      const { events } = await handle.fetchHistory();
      const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
      expect(scheduled).toHaveLength(1);
      const writes = scene.cluster.requests
        .slice(before)
        .filter(({ user, method }) => user === 'client' && method !== 'GET')
        .map(({ verb, resource }) => `${verb} ${resource}`);
      expect(new Set(writes)).toEqual(new Set(['create selfsubjectaccessreviews']));
    });

    test('on the node asks etcd itself, and ends the pod', async () => {
      const plan = await (await start({ onNode: true })).result();
      expect(plan.outcome).toBe('ready');
      expect(plan.onNode?.script).toMatchObject({ release: '4.13' });
      expect(plan.onNode?.guards.find(({ guard }) => guard === 'tools')).toMatchObject({
        outcome: 'passed',
      });
      expect(await scene.leftovers()).toEqual([]);
    });

    test('that is cancelled on the node ends the pod, and then itself', async () => {
      const fault = scene.cluster.faults.exec({ fault: 'delay' });
      const handle = await start({ onNode: true });
      await waitUntil(
        'the pod',
        async () => ((await scene.leftovers()).length > 0 ? true : undefined),
        60_000,
      );
      await handle.cancel();
      await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
      fault.remove();
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await scene.leftovers()).toEqual([]);
    });

    test('of a cluster that refuses the credentials fails in words of the catalogue', async () => {
      const fault = scene.cluster.faults.api({
        fault: 'status',
        status: 401,
        reason: 'Unauthorized',
      });
      const error = await (await start()).result().catch((caught: unknown) => caught);
      fault.remove();
      expect(error).toMatchObject({ cause: { type: 'ClusterDenied' } });
    });
  });

  describe('the procedure that --manual prints', () => {
    /** The lines of the step that says this, without comments. */
    const step = (text: string, words: string): readonly string[] => {
      const found = text.split(/\n\n# \d+\. /).find((each) => each.includes(words)) ?? '';
      return found.split('\n').slice(1);
    };

    test('typed on the node, takes a whole backup, fetches it and leaves nothing there', async () => {
      const plan = await (await start()).result();
      const now = new Date();
      const text = manual({ plan, backupDirectory: '/home/core/assets/backup', now }) ?? '';
      const fetching = step(text, 'second terminal').filter(
        (line) => !/^(oc get|read) /.test(line),
      );
      const node = scene.cluster.node();
      // In the place of oc: the debug pod's shell stands where this one does.
      const oc = 'oc() { while [ "$1" != -- ]; do shift; done; shift 3; "$@"; }';
      const typed = [
        'set -e',
        ...step(text, 'A fresh directory'),
        ...step(text, 'The script of the vendor'),
        ...step(text, 'one file of each kind'),
        oc,
        'namespace=some pod=pod desk=$(mktemp -d) && cd "$desk"',
        ...fetching,
        ...step(text, 'remove what is on the node').filter((line) => line.startsWith('cd ')),
        'ls "$desk"; rm -rf "$desk"',
      ];
      const { stdout, stderr, exitCode } = await node.run(['bash', '-c', typed.join('\n')]);
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({
        exitCode: 0,
        stderr: '',
      });
      expect(stdout).toContain('snapshot db and kube resources are successfully saved');
      expect(stdout).toMatch(/^snapshot_\S+\.db: OK\nstatic_kuberesources_\S+\.tar\.gz: OK$/m);
      const [own, repeated] = /^([0-9a-f]{64}) {2}-\n([0-9a-f]{64})$/m.exec(stdout)?.slice(1) ?? [];
      expect(own).toBeDefined();
      expect(repeated).toBe(own);
      expect(await scene.leftovers()).toEqual([]);
    });
  });
});
