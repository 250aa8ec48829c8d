import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { exportEnvironmentStep } from '../../src/activities/export-environment.ts';
import { useSteps } from './step-bench.ts';

describe('the proxy of the cluster', () => {
  const bench = useSteps();

  test('reaches a file for root alone, and its password no command line and no result', async () => {
    const password = randomBytes(12).toString('hex');
    const url = `http://u:${password}@proxy.test:3128`;
    const { proxy } = bench.cluster.objects;
    Object.assign(proxy.status, { httpsProxy: url, noProxy: '.cluster.local' });
    await bench.makeTake();
    const { variables } = await exportEnvironmentStep(bench.input, bench.context);
    expect(variables).toEqual(['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']);
    const node = bench.cluster.node();
    expect(await node.readFile(bench.paths.environment)).toContain(`https_proxy='${url}'\n`);
    const mode = await node.run(['stat', '-c', '%a', bench.paths.environment]);
    expect(mode.stdout).toBe('600\n');
    const commands = bench.cluster.requests.flatMap(({ command = [] }) => command).join(' ');
    expect(commands).toContain(bench.paths.environment);
    expect(commands).not.toContain(password);
    expect(commands).not.toContain(Buffer.from(password).toString('base64').slice(4, 12));
  });
});
