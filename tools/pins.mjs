import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from './repository.mjs';

/**
 * The real servers and tools that the demo, the tests and the lab talk to. Each is built from a Go module whose
 * version stands in tools/<folder>/go.mod and nowhere else.
 *
 * name      what `npm run setup` and `toolPath` call it
 * folder    of tools, whose go.mod pins it
 * module    its Go module; the module's version is the tool's
 * main      the package to build (the etcd server's is called `server`); absent for files that are only copied
 * env       for the build, beyond what is there
 * flags     for the build; `<version>` stands for the version
 * ask       the arguments that make a binary print its version, and where the version stands in that
 * takes     which version on PATH will do instead: 'exact', or 'minor' for any patch of the same minor
 * seconds   that a cold build takes on two cores, each by itself; together they take less
 */
export const pins = [
  {
    name: 'temporal',
    folder: 'temporal',
    module: 'github.com/temporalio/cli',
    main: 'github.com/temporalio/cli/cmd/temporal',
    flags: ['-ldflags', '-X github.com/temporalio/cli/internal/temporalcli.Version=<version>'],
    ask: { args: ['--version'], answer: /^temporal version (\S+)/m },
    takes: 'exact',
    seconds: 240,
  },
  etcd('etcd', 'server', ['--version'], /^etcd Version: (\S+)/m, 75),
  etcd('etcdctl', 'etcdctl', ['version'], /^etcdctl version: (\S+)/m, 45),
  etcd('etcdutl', 'etcdutl', ['version'], /^etcdutl version: (\S+)/m, 60),
  kubernetes('kube-apiserver', 210),
  kubernetes('kubelet', 120),
  {
    ...kubernetes('kubectl', 60),
    ask: { args: ['version', '--client'], answer: /^Client Version: v(\S+)/m },
  },
  {
    name: 'versitygw',
    folder: 'versitygw',
    module: 'github.com/versity/versitygw',
    main: 'github.com/versity/versitygw/cmd/versitygw',
    env: { CGO_ENABLED: '0' },
    flags: ['-ldflags', '-s -w -X main.Version=<version>'],
    ask: { args: ['--version'], answer: /^Version +: v?(\S+)/m },
    takes: 'exact',
    seconds: 90,
  },
  {
    name: 'age',
    folder: 'age',
    module: 'filippo.io/age',
    main: 'filippo.io/age/cmd/age',
    env: { CGO_ENABLED: '0' },
    flags: ['-ldflags', '-X main.Version=v<version>'],
    ask: { args: ['--version'], answer: /^v?(\S+)$/m },
    takes: 'minor',
    seconds: 15,
  },
  {
    name: 'rclone',
    folder: 'rclone',
    module: 'github.com/rclone/rclone',
    // A main package of our own that leaves out most of its backends, which take longer to build than everything else here.
    main: '.',
    env: { CGO_ENABLED: '0' },
    flags: ['-ldflags', '-s -w -X github.com/rclone/rclone/fs.Version=v<version>'],
    ask: { args: ['version'], answer: /^rclone v(\S+)/m },
    takes: 'minor',
    seconds: 60,
  },
  { name: 'openshift-crds', folder: 'openshift', module: 'github.com/openshift/api', seconds: 15 },
];

function etcd(name, submodule, args, answer, seconds) {
  const module = `go.etcd.io/etcd/${submodule}/v3`;
  const env = { CGO_ENABLED: '0' };
  const ask = { args, answer };
  return { name, folder: 'etcd', module, main: module, env, ask, takes: 'minor', seconds };
}

function kubernetes(name, seconds) {
  return {
    name,
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    main: `k8s.io/kubernetes/cmd/${name}`,
    flags: ['-ldflags', '-s -w -X k8s.io/component-base/version.gitVersion=v<version>'],
    ask: { args: ['--version'], answer: /^Kubernetes v(\S+)/m },
    takes: 'exact',
    seconds,
  };
}

/** The pin of that name. Throws for a name that is not in the table. */
export function pinOf(name) {
  const pin = pins.find((candidate) => candidate.name === name);
  if (!pin)
    throw new Error(`no such tool: ${name}, expected ${pins.map((p) => p.name).join(', ')}`);
  return pin;
}

/** The folder whose go.mod pins the tool. */
export function folderOf(pin) {
  return join(repository, 'tools', pin.folder);
}

/** The pinned version as the go.mod says it, without the leading `v`. */
export function versionOf(pin) {
  return matchIn(pin, new RegExp(`^\\s*(?:require )?${escaped(pin.module)} v(\\S+)`, 'm'));
}

/** The oldest Go that builds the tool, as the go.mod says it. */
export function goVersionOf(pin) {
  return matchIn(pin, /^go (\S+)$/m);
}

/** Whether a binary of that version serves in place of the pinned one. */
export function isSuitable(pin, version) {
  const pinned = versionOf(pin);
  return pin.takes === 'minor' ? minorOf(version) === minorOf(pinned) : version === pinned;
}

/** The versions that serve, in words: `1.8.2`, or `3.6.16 (any 3.6)`. */
export function wantedVersions(pin) {
  const pinned = versionOf(pin);
  return pin.takes === 'minor' ? `${pinned} (any ${minorOf(pinned)})` : pinned;
}

function matchIn(pin, pattern) {
  const path = join(folderOf(pin), 'go.mod');
  const found = pattern.exec(readFileSync(path, 'utf8'))?.[1];
  if (!found) throw new Error(`${path} does not pin ${pin.name}: expected a line like ${pattern}`);
  return found;
}

function minorOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
