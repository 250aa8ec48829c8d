import { readFileSync } from 'node:fs';

import { place } from '../place.ts';
import { containerdService } from './containerd.ts';
import { type NodeFile, publicFile } from './files.ts';
import { kubeletService } from './kubelet.ts';

/** The operating system that the node says it is. */
const osRelease = `NAME="Red Hat Enterprise Linux CoreOS"
ID="rhcos"
ID_LIKE="rhel fedora"
VERSION="416.94.202410211619-0"
VERSION_ID="4.16"
PRETTY_NAME="Red Hat Enterprise Linux CoreOS 416.94.202410211619-0 (lab)"
OPENSHIFT_VERSION="4.16"
RHEL_VERSION="9.4"
`;

const passwd = `root:x:0:0:root:/root:/bin/bash
core:x:1000:1000:CoreOS Admin:/var/home/core:/bin/bash
nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
`;

/** What /etc/inittab holds before the kubelet may start: it must not look for images yet. */
export const inittabWithContainerd: string = `${containerdService}\n`;

/** What /etc/inittab holds from then on. */
export const inittabWithKubelet: string = `${containerdService}\n${kubeletService}\n`;

/** The node's identity, its services, and the backup script where OpenShift has it. */
export function systemFiles(): readonly NodeFile[] {
  const script = new URL('../../src/testing/cluster-backup.sh', import.meta.url);
  return [
    publicFile('/etc/hostname', `${place.nodeName}\n`),
    publicFile('/etc/passwd', passwd),
    publicFile('/etc/group', 'root:x:0:\ncore:x:1000:\nnobody:x:65534:\n'),
    publicFile('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    publicFile('/etc/hosts', `127.0.0.1 localhost\n${place.nodeAddress} ${place.nodeName}\n`),
    publicFile('/etc/resolv.conf', '# the node reaches no name server\n'),
    publicFile('/etc/machine-id', `${'7e3a9c51'.repeat(4)}\n`),
    publicFile('/etc/os-release', osRelease),
    publicFile('/etc/inittab', inittabWithContainerd),
    { path: '/usr/local/bin/cluster-backup.sh', content: readFileSync(script), mode: 0o755 },
  ];
}
