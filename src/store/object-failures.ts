import { failure } from '../contracts/failures.ts';

/** The store that an object is in, or is to be in. */
interface InStore {
  /** Its name in the configuration. */
  readonly name: string;
}

/** The failure for a name that is taken by something else. */
export function nameTaken({ name }: InStore, key: string): Error {
  return failure('StoreRefused', {
    observed: 'name: taken by other bytes',
    where: { store: name, key },
  });
}

/** The failure for an upload that another attempt committed or gave up. */
export function uploadGone({ name }: InStore, key: string): Error {
  return failure('StoreUnavailable', {
    observed: 'upload: not there, it was committed or given up',
    where: { store: name, key },
    nextStep: beginsAgain,
  });
}

/** What to do about an upload, or parts of one, that are not there any more. */
export const beginsAgain: string = 'Nothing: the next try begins it again, or finds the object.';

/** The failure for an object that is not there although the store said that it is. */
export function objectGone({ name }: InStore, key: string): Error {
  return failure('StoreUnavailable', {
    observed: 'object: not there after the store accepted it',
    where: { store: name, key },
    nextStep: 'Nothing if the next try passes; otherwise look at what else writes to the store.',
  });
}

/** The failure for an object that is not what its reader was told. */
export function unreadable({ name }: InStore, key: string, observed: string): Error {
  return failure('StoreRefused', {
    observed: `object to be read: ${observed}`,
    where: { store: name, key },
  });
}

/** The failure for an object that ends before what was to be read of it does. */
export function endsEarly(store: InStore, key: string, end: number, wanted: number): Error {
  return unreadable(store, key, `ends at byte ${end}, expected ${wanted} or more`);
}
