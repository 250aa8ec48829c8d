import { fileURLToPath } from 'node:url';

/** The absolute path of the clone that this file is part of. */
export const repository = fileURLToPath(new URL('..', import.meta.url));
