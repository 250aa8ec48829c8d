import { exitCode } from './exit-code.ts';
import { CommandError } from './reported-error.ts';

/** As `engines` of the package says, which npm only warns of. */
const oldest = { major: 22, minor: 19 };

/**
 * Refuses a Node on which this only fails later, with an error of somebody else's.
 *
 * @throws `CommandError` with the version, and the one that is needed
 */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  const wanted = `Node ${oldest.major}.${oldest.minor} or newer`;
  throw new CommandError(
    {
      type: 'UsageInvalid',
      observed: `this is Node ${version}, expected ${wanted}`,
      nextStep: `Put ${wanted} first on PATH, then start again.`,
    },
    exitCode.usage,
  );
}
