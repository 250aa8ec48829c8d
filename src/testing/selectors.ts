import { badRequest } from './status-error.ts';

type Matches<T> = (value: T) => boolean;

/**
 * Reads a label selector: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
export function labelSelector(text: string): Matches<Readonly<Record<string, string>>> {
  const requirements = text
    .split(/,(?![^(]*\))/)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => requirement(each));
  return (labels) => requirements.every((matches) => matches(labels));
}

function requirement(text: string): Matches<Readonly<Record<string, string>>> {
  const set = /^([^\s!=]+) (in|notin) \(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (labels) => values.has(labels[key] ?? '') === (operator === 'in');
  }
  const pair = /^([^\s!=]+)\s*(==?|!=)\s*([^\s=!]*)$/.exec(text);
  if (pair) {
    const [, key = '', operator, value = ''] = pair;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const existence = /^(!?)([^\s!=()]+)$/.exec(text);
  if (existence) {
    const [, not, key = ''] = existence;
    return (labels) => (labels[key] === undefined) === (not === '!');
  }
  throw badRequest(`unable to parse requirement: ${text}`);
}

/** Reads a field selector over the fields that the caller knows: `metadata.name=x,spec.nodeName!=y`. */
export function fieldSelector<T>(
  text: string,
  fields: Readonly<Record<string, (value: T) => string>>,
): Matches<T> {
  const requirements = text
    .split(',')
    .filter((each) => each !== '')
    .map((each): Matches<T> => {
      const [, key = '', operator, wanted] = /^([^!=]+)(==?|!=)(.*)$/.exec(each) ?? [];
      const read = fields[key];
      if (!read) throw badRequest(`field label not supported: ${key || each}`);
      return (value) => (read(value) === wanted) === (operator !== '!=');
    });
  return (value) => requirements.every((matches) => matches(value));
}
