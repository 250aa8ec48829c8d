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

  test('is taken from the node where the API does not answer, and its password leaves the node in no way', async () => {
    const password = `it's ${randomBytes(12).toString('hex')} $(id) "x" \\ %20`;
    const node = bench.cluster.node();
    await node.writeFile(
      '/etc/mco/proxy.env',
      [
        '# Proxy environment variables will be populated in this file.',
        `HTTPS_PROXY=http://u:${password}@proxy.test:3128`,
        'NO_PROXY=.cluster.local,localhost',
        'PATH=/evil',
      ].join('\n'),
    );
    await bench.makeTake();
    const policy = { ...bench.input.policy, mutex: 'nodeLock' as const, lockNode: 'master-0' };
    const before = bench.cluster.requests.length;
    const answer = await exportEnvironmentStep({ ...bench.input, policy }, bench.context);

    expect(answer).toEqual({ variables: ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'] });
    expect(JSON.stringify(bench.cluster.requests.slice(before))).not.toContain('proxies');
    const { environment } = bench.paths;
    const source = ['sh', '-c', 'set -a; . "$1"; env -u PWD | sort', 'sh', environment];
    const { stdout } = await node.run(source);
    const url = `http://u:${password}@proxy.test:3128`;
    expect(stdout).toContain(`\nHTTPS_PROXY=${url}\n`);
    expect(stdout).toContain(`\nhttps_proxy=${url}\n`);
    expect(stdout).toMatch(/\nNO_PROXY=\.cluster\.local,localhost(,[0-9a-f.:]+)*,127\.0\.0\.1\n/);
    expect(stdout).not.toContain('evil');
    expect((await node.run(['stat', '-c', '%a', environment])).stdout).toBe('600\n');
    await node.remove('/etc/mco/proxy.env');
  });

  test('is none where neither the API nor the node knows of one', async () => {
    await bench.makeTake();
    const policy = { ...bench.input.policy, mutex: 'nodeLock' as const, lockNode: 'master-0' };
    const answer = await exportEnvironmentStep({ ...bench.input, policy }, bench.context);
    expect(answer).toEqual({ variables: [] });
    expect(await bench.cluster.node().readFile(bench.paths.environment)).toBe('');
  });
});
