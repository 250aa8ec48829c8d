import { describe, expect, test } from 'vitest';

import { chooseNodes } from '../../src/openshift/choose-node.ts';
import type { NodeWishes } from '../../src/openshift/choose-node.ts';
import type { ObservedCluster } from '../../src/openshift/observed-cluster.ts';
import { healthy, image, node } from './healthy-context.ts';

const choose = (
  nodes: ObservedCluster['nodes'],
  wishes: Partial<NodeWishes> = {},
  changes: Partial<ObservedCluster> = {},
) =>
  chooseNodes(
    {
      ...healthy,
      nodes,
      etcdPods: nodes.map(({ name }) => ({ nodeName: name, isReady: true, image })),
      ...changes,
    },
    { needsImage: true, overridden: new Set(), ...wishes },
  );
const names = (choice: ReturnType<typeof choose>) =>
  choice.outcome === 'observed' ? choice.candidates.map(({ name }) => name) : choice.outcome;

const [a, b, c] = [node('master-0'), node('master-1'), node('master-2')];
const updating = { state: 'Working', current: 'a', desired: 'b' };

describe('the nodes of a backup', () => {
  test('are all fit ones in order of name, each with the reason', () => {
    expect(choose([a, b, c])).toMatchObject({
      candidates: ['master-0', 'master-1', 'master-2'].map((name) => ({
        name,
        etcdImage: image,
        architecture: 'amd64',
        reason: 'Ready, no pressure, MachineConfig Done, etcd member Ready',
      })),
    });
  });

  test('are never unfit ones while another is fit; the first one says why not those', () => {
    const choice = choose([
      node('master-0', { isReady: false }),
      node('master-1', { machineConfig: updating }),
      c,
    ]);
    expect(choice).toMatchObject({
      candidates: [
        {
          name: 'master-2',
          reason: expect.stringMatching(
            /; not master-0: not Ready; master-1: MachineConfig Working$/,
          ),
        },
      ],
    });
  });

  test('are exactly the named one, where one is named', () => {
    expect(choose([a, b, c], { named: 'master-1' })).toMatchObject({
      candidates: [{ name: 'master-1', reason: 'named in the request or the configuration' }],
    });
    expect(names(choose([a, b], { named: 'master-1' }))).toEqual(['master-1']);
  });

  test('are none where the named one is unfit, even if others are fit', () => {
    expect(names(choose([a, node('master-1', { isReady: false })], { named: 'master-1' }))).toEqual(
      [],
    );
  });

  test('are none where the named one is not there, naming those that are', () => {
    expect(choose([a, b], { named: 'worker-0' })).toMatchObject({
      candidates: [],
      unfit: [{ reason: 'node worker-0 is not there; control plane nodes: master-0, master-1' }],
    });
  });

  test('are unfit ones only where every guard against them is overridden', () => {
    const broken = node('master-0', { isReady: false, machineConfig: updating });
    const overriding = (...guards: string[]) => ({ overridden: new Set(guards) });
    expect(names(choose([broken], overriding('fitNode')))).toEqual([]);
    const forced = choose([broken], overriding('fitNode', 'machineConfigSettled'));
    expect(forced).toMatchObject({
      isForced: true,
      candidates: [{ reason: 'overridden although not Ready, MachineConfig Working' }],
    });
    expect(names(choose([broken, b], overriding('fitNode', 'machineConfigSettled')))).toEqual([
      'master-1',
    ]);
  });

  test('need no image where no debug pod is made of it', () => {
    const etcdPods = [{ nodeName: 'master-0', isReady: true, image: undefined }];
    expect(names(choose([a], { needsImage: false }, { etcdPods }))).toEqual(['master-0']);
    expect(names(choose([a], { needsImage: true }, { etcdPods }))).toEqual([]);
  });

  test('may be without a MachineConfig: then nothing is said of it', () => {
    expect(choose([node('master-0', { machineConfig: {} })])).toMatchObject({
      candidates: [{ reason: 'Ready, no pressure, etcd member Ready' }],
    });
  });
});
