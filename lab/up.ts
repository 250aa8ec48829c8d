import { mkdirSync, rmSync } from 'node:fs';

import { withApi } from './cluster/api.ts';
import { apiReady, nodeAndPodsReady } from './cluster/cluster-ready.ts';
import { makePki } from './cluster/pki.ts';
import { importImages } from './images/import-images.ts';
import { buildNodeImages } from './images/node-images.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';
import { type LabState, readLabState, writeLabState } from './lab-state.ts';
import { type Lab, labOf } from './lab.ts';
import { withLock } from './lock.ts';
import { logTails } from './log-tails.ts';
import { ensurePackages } from './machine/packages.ts';
import { requireNamespaces, requireRootOnLinux } from './machine/requirements.ts';
import { writeSeed } from './node/seed.ts';
import { containerdReady, startKubelet } from './node/services.ts';
import { startNode } from './node/start.ts';
import { makeBackupUser } from './openshift/backup-user.ts';
import { installOpenshift } from './openshift/install.ts';
import { applyNamespaces } from './openshift/namespaces.ts';
import { place, statePath } from './place.ts';
import { progressToStderr } from './progress.ts';
import { labIsPresent, removeLab } from './remove-leftovers.ts';
import { labHealth } from './health.ts';
import type { Work } from './work.ts';

/**
 * Brings the lab up, or finds it up. What an earlier command left unfinished is removed first; when
 * this one fails or is interrupted, it removes what it made.
 *
 * @throws `LabError` with what was observed
 */
export async function labUp(work: Partial<Work> = {}): Promise<Lab> {
  requireRootOnLinux();
  requireNamespaces();
  const { progress = progressToStderr(), signal = new AbortController().signal } = work;
  return withLock(progress, () => foundOrMade({ progress, signal }));
}

async function foundOrMade(work: Work): Promise<Lab> {
  const { progress } = work;
  const health = await labHealth();
  if (health.state === 'up') {
    progress('the lab is up already');
    return labOf(health.note);
  }
  if (await labIsPresent()) {
    progress(`removing what an earlier command left: ${health.observed}`);
    await removeLab();
  }
  try {
    return await make(work);
  } catch (error) {
    if (!work.signal.aborted) process.stderr.write(logTails(readLabState()?.keeper.pid));
    progress('removing what was made so far');
    await removeLab();
    // What an interruption broke off says less than the interruption.
    work.signal.throwIfAborted();
    throw error;
  }
}

async function make(work: Work): Promise<Lab> {
  const { progress, signal } = work;
  const step = (line: string): void => {
    signal.throwIfAborted();
    progress(line);
  };
  await ensurePackages(progress);

  step('making keys and images');
  mkdirSync(place.stateDirectory, { mode: 0o700 });
  const pki = await makePki(statePath('pki'));
  const images = await buildNodeImages(statePath('images'));
  writeSeed(pki, images);

  step('starting the node');
  const startedAt = new Date().toISOString();
  const etcdImage = images.etcd.reference;
  const keeper = await startNode(work, (keeper) =>
    writeLabState({ phase: 'starting', keeper, etcdImage, startedAt }),
  );
  await containerdReady(keeper.pid, work);

  step('loading images into containerd');
  await importImages(keeper.pid, [images.pause, images.etcd, images.kubeApiServer]);
  rmSync(statePath('images'), { recursive: true });

  step('starting the kubelet; waiting for etcd and the API server');
  startKubelet(keeper.pid);
  await withApi(async (api) => {
    await apiReady(api, work);

    step('making it an OpenShift: definitions, objects, the backup user');
    await applyNamespaces(api);
    const [token] = await Promise.all([makeBackupUser(api), installOpenshift(api, pki, work)]);
    writeKubeconfigs(pki, token);

    step('waiting for the node and its static pods');
    await nodeAndPodsReady(api, work);
  });

  const state: LabState = { phase: 'up', keeper, etcdImage, startedAt };
  writeLabState(state);
  progress('the lab is up');
  return labOf(state);
}
