import { join } from 'node:path';

import { toolPath } from '../../tools/paths.mjs';
import { type Image, packImage } from './image.ts';
import { locate, makeRootfs } from './rootfs.ts';

/** The images that the node runs. */
export interface NodeImages {
  readonly pause: Image;
  /** Holds busybox, as a debug pod of this image needs a shell, etcd's own tools, and zstd. */
  readonly etcd: Image;
  readonly kubeApiServer: Image;
}

/** Builds the images in a directory, from tools that are there. */
export async function buildNodeImages(directory: string): Promise<NodeImages> {
  const etcdPrograms = {
    etcd: toolPath('etcd'),
    etcdctl: toolPath('etcdctl'),
    etcdutl: toolPath('etcdutl'),
    zstd: await locate('zstd'),
  };
  const apiServerPrograms = { 'kube-apiserver': toolPath('kube-apiserver') };
  return {
    pause: await build(directory, 'pause', {}, ['/bin/sleep', '2147483647']),
    etcd: await build(directory, 'etcd', etcdPrograms, ['/bin/etcd']),
    kubeApiServer: await build(directory, 'hyperkube', apiServerPrograms, ['/bin/sh']),
  };
}

async function build(
  directory: string,
  name: string,
  programs: Readonly<Record<string, string>>,
  command: readonly string[],
): Promise<Image> {
  const rootfs = join(directory, name, 'rootfs');
  await makeRootfs(rootfs, programs);
  return packImage(name, rootfs, join(directory, name, 'layout'), command);
}
