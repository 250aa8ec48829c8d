/** The cluster that the lab says it is. */
export const installed = {
  version: '4.16.18',
  clusterId: '5a0c2f3e-8d41-4b7c-9f60-2b1d7c9e4a11',
  infrastructureName: 'lab-x7k2p',
  releaseImage: `registry.lab.invalid/openshift/release@sha256:${'4f'.repeat(32)}`,
  /** The installation began so long ago that its certificates have rotated. */
  daysAgo: 30,
} as const;

/** When the installation began, in whole seconds as the API has it. */
export function installationTime(now: Date = new Date()): Date {
  const seconds = Math.floor(now.getTime() / 1000) - installed.daysAgo * 86_400;
  return new Date(seconds * 1000);
}

/** A time as the API writes it. */
export function apiTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
