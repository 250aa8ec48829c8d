import { expect, test } from 'vitest';

import { mountSource, mountSourceIn } from '../../src/store/mount-source.ts';

const mounts = String.raw`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/nfs rw shared:5 - nfs4 nas.example.com:/exports/etcd rw,vers=4.2,addr=10.0.0.9
31 30 0:41 / /mnt/nfs/inner rw - ext4 /dev/sdb1 rw
32 22 0:42 / /mnt/my\040share rw - cifs //files.example.com/etcd rw,addr=10.0.0.8
33 22 0:43 / /mnt/six rw - nfs [fd00::9]:/exports rw
34 22 0:44 / /mnt/ceph rw - ceph 10.1.0.1:6789,10.1.0.2:6789:/etcd rw
35 22 0:45 / /mnt/ceph-new rw - ceph backup@0123.cephfs=/etcd rw,mon_addr=10.1.0.3:6789
36 22 0:46 / /mnt/tmp rw - tmpfs tmpfs rw
37 22 0:47 / /mnt/hidden rw - nfs old.example.com:/a rw
38 22 0:48 / /mnt/hidden rw - nfs new.example.com:/a rw
39 22 0:49 / /mnt/sshfs rw - fuse.sshfs backup@box.example.com:/srv rw
40 22 0:50 / /mnt/virtio rw - 9p share0 rw,trans=virtio
`;

test.each([
  ['/mnt/nfs/cluster', 'nas.example.com', 'nfs4 mount /mnt/nfs'],
  ['/mnt/nfs', 'nas.example.com', 'nfs4 mount /mnt/nfs'],
  ['/mnt/nfs/inner/../x/', 'nas.example.com', 'nfs4 mount /mnt/nfs'],
  ['/mnt/my share/etcd', 'files.example.com', 'cifs mount /mnt/my share'],
  ['/mnt/six', 'fd00::9', 'nfs mount /mnt/six'],
  ['/mnt/ceph', '10.1.0.1', 'ceph mount /mnt/ceph'],
  ['/mnt/ceph-new', '10.1.0.3', 'ceph mount /mnt/ceph-new'],
  ['/mnt/hidden', 'new.example.com', 'nfs mount /mnt/hidden'],
  ['/mnt/sshfs', 'box.example.com', 'fuse.sshfs mount /mnt/sshfs'],
])('the server behind %s is %s', (directory, host, evidence) => {
  expect(mountSourceIn(mounts, directory)).toEqual({ host, evidence });
});

test.each(['/srv', '/mnt/nfs/inner/x', '/mnt/nfsx', '/mnt/tmp', '/mnt/virtio', '/'])(
  'behind %s is no server that could be named',
  (directory) => {
    expect(mountSourceIn(mounts, directory)).toBeUndefined();
  },
);

test('a directory of this machine has no server', async () => {
  expect(await mountSource('/')).toBeUndefined();
});
