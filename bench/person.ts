import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import type { Lab } from '../lab/index.ts';
import { toolPath } from '../tools/paths.mjs';
import type { Bench } from './bench.ts';
import type { BenchScene } from './scene.ts';

/** A person with the tools at hand, a debug pod on the node, and the files of one backup there. */
export interface Person {
  /** The size of the snapshot on the node. */
  readonly snapshotBytes: number;
  /** Copies the files to this machine with `kubectl cp`; resolves with the seconds it took. */
  copy(): Promise<number>;
  /** Looks with `sha256sum` whether what was copied is what the node has; resolves with the seconds. */
  compare(): Promise<number>;
  /** Uploads what was copied with rclone, 32 MiB parts, four at once; resolves with the seconds. */
  upload(): Promise<number>;
  /** Removes what was copied. Not measured. */
  tidy(): Promise<void>;
}

const pod = 'by-hand';
const nodeDirectory = 'var/home/core/by-hand';

/** Makes the pod that `oc debug node` makes, waits for it, and lets the vendor's script write a backup on the node. */
export async function callPerson(
  { lab, store, directory, signal }: Pick<BenchScene, 'lab' | 'store' | 'directory' | 'signal'>,
  say: Bench['say'],
): Promise<Person> {
  const env = { KUBECONFIG: lab.kubeconfigPath, NO_PROXY: '*' };
  const kubectl = async (argv: readonly string[], input = ''): Promise<string> =>
    (await execa(toolPath('kubectl'), argv, { env, input, cancelSignal: signal })).stdout;
  await kubectl(['apply', '--filename=-'], JSON.stringify(debugPod(lab)));
  await kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s']);
  say('the vendor’s script writes a backup for the one who does it by hand');
  const script = await lab.exec(['/usr/local/bin/cluster-backup.sh', `/${nodeDirectory}`]);
  if (script.exitCode !== 0) throw new Error(`cluster-backup.sh failed: ${script.stderr}`);
  const sizes = await lab.exec(['sh', '-c', `stat -c %s /${nodeDirectory}/snapshot_*.db`]);

  const copied = join(directory, 'by-hand');
  return {
    snapshotBytes: Number(sizes.stdout),
    copy: async () =>
      await seconds(async () => {
        await kubectl(['cp', `${pod}:host/${nodeDirectory}`, copied]);
      }),
    compare: async () =>
      await seconds(async () => {
        const sums = 'sha256sum *';
        const onNode = `cd /${nodeDirectory} && ${sums}`;
        const there = await kubectl(['exec', pod, '--', 'chroot', '/host', 'sh', '-c', onNode]);
        const here = await execa('sh', ['-c', sums], { cwd: copied, cancelSignal: signal });
        if (here.stdout !== there)
          throw new Error(`kubectl cp: copied ${here.stdout}, not ${there}`);
      }),
    upload: async () =>
      await seconds(async () => {
        const options = ['--s3-chunk-size=32Mi', '--s3-upload-concurrency=4'];
        await execa(toolPath('rclone'), ['copy', ...options, copied, 'store:by-hand'], {
          env: await rcloneEnvironment(store),
          // What is set here for other programs, an authority of AWS for instance, is not the person's.
          extendEnv: false,
          cancelSignal: signal,
        });
      }),
    tidy: async () => await rm(copied, { recursive: true, force: true }),
  };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** As `oc debug node` makes it, of an image that is on the node. */
function debugPod({ nodeName, etcdImage }: Lab): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: 'default' },
    spec: {
      nodeName,
      hostPID: true,
      hostNetwork: true,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'debug',
          image: etcdImage,
          command: ['sleep', '86400'],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: [{ name: 'host', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    },
  };
}

/** A remote called `store`, in the environment: rclone reads and writes no file of its own. */
async function rcloneEnvironment(store: BenchScene['store']): Promise<Record<string, string>> {
  const text = await readFile(store.credentialsFile, 'utf8');
  const value = (key: string): string => new RegExp(`^${key} = (.+)$`, 'm').exec(text)?.[1] ?? '';
  return {
    RCLONE_CONFIG: '',
    NO_PROXY: '*',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_STORE_REGION: store.region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: value('aws_access_key_id'),
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: value('aws_secret_access_key'),
  };
}
