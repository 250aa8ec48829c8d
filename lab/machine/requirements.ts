import { readFileSync } from 'node:fs';

import { LabError } from '../lab-error.ts';

/**
 * Refuses where no lab can stand. Looks only.
 *
 * @throws `LabError` off Linux and without root
 */
export function requireRootOnLinux(): void {
  if (process.platform !== 'linux') {
    throw new LabError(
      `the lab needs Linux (namespaces, overlay, control groups): this is ${process.platform}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new LabError(
      `the lab needs root (it makes namespaces and mounts): this is uid ${process.getuid?.()}`,
    );
  }
}

/**
 * Refuses where root may not make namespaces and mounts, as in most containers. Looks only.
 *
 * @throws `LabError` without CAP_SYS_ADMIN
 */
export function requireNamespaces(): void {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const capabilities = BigInt(`0x${effective ?? '0'}`);
  if ((capabilities & capSysAdmin) !== 0n) return;
  throw new LabError(
    'the lab needs CAP_SYS_ADMIN (it makes namespaces and mounts), and root does not have it here: ' +
      'use a machine, or a privileged container',
  );
}

/** @see https://github.com/torvalds/linux/blob/v6.12/include/uapi/linux/capability.h */
const capSysAdmin = 1n << 21n;
