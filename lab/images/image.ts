import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { execa } from 'execa';

/** An OCI image layout in a directory. */
export interface Image {
  readonly directory: string;
  /** `name@sha256:…`: no registry has it, so it can come from the node's own store only. */
  readonly reference: string;
}

/**
 * Packs a directory as an image of one layer. The same content gives the same digest.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function packImage(
  name: string,
  rootfs: string,
  layout: string,
  command: readonly string[],
): Promise<Image> {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const layer = await addLayer(rootfs, blobs);
  const config = addBlob(blobs, {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: command },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = addBlob(blobs, {
    schemaVersion: 2,
    mediaType: `${vendor}.manifest.v1+json`,
    config: { mediaType: `${vendor}.config.v1+json`, ...config },
    layers: [{ mediaType: `${vendor}.layer.v1.tar`, ...layer }],
  });
  const reference = `registry.lab.invalid/openshift/${name}@${manifest.digest}`;
  const annotations = { 'io.containerd.image.name': reference };
  const entry = { mediaType: `${vendor}.manifest.v1+json`, ...manifest, annotations };
  write(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  write(join(layout, 'index.json'), { schemaVersion: 2, manifests: [entry] });
  return { directory: layout, reference };
}

const vendor = 'application/vnd.oci.image';

interface Blob {
  readonly digest: string;
  readonly size: number;
}

async function addLayer(rootfs: string, blobs: string): Promise<Blob> {
  const path = join(blobs, 'layer');
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await execa('tar', ['--create', '--file', path, ...reproducible, '--directory', rootfs, '.']);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const hex = hash.digest('hex');
  renameSync(path, join(blobs, hex));
  return { digest: `sha256:${hex}`, size: statSync(join(blobs, hex)).size };
}

function addBlob(blobs: string, content: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(content));
  const hex = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(blobs, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

function write(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content));
}
