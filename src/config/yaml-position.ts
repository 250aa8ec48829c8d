import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

/**
 * The offset in the file of the field at `path`, or of the nearest thing above it that is there; merged and aliased
 * mappings included.
 */
export function yamlPosition(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  at: 'key' | 'value',
): number {
  let node = resolved(document.contents, document);
  let position = node?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const entry = entryOf(node, segment, document);
    if (entry === undefined) break;
    const last = depth === path.length - 1;
    const wanted = last && at === 'value' && !isEmpty(entry.value) ? entry.value : entry.key;
    position = wanted?.range?.[0] ?? position;
    node = resolved(entry.value, document);
  }
  return position;
}

interface Entry {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function entryOf(
  node: Node | undefined,
  segment: PropertyKey,
  document: Document.Parsed,
): Entry | undefined {
  if (isSeq(node)) {
    const value = asNode(node.items[Number(segment)]);
    return value === undefined ? undefined : { key: value, value };
  }
  if (!isMap(node)) return undefined;
  const own = node.items.find((pair) => keyText(pair) === String(segment));
  if (own !== undefined) return { key: asNode(own.key), value: asNode(own.value) };
  const merged = node.items.filter((pair) => keyText(pair) === '<<').flatMap(sources);
  return merged
    .map((source) => entryOf(resolved(source, document), segment, document))
    .find((entry) => entry !== undefined);
}

function sources({ value }: Pair): (Node | undefined)[] {
  const node = asNode(value);
  return isSeq(node) ? node.items.map(asNode) : [node];
}

function keyText({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function resolved(node: Node | null | undefined, document: Document.Parsed): Node | undefined {
  return isAlias(node) ? node.resolve(document) : (node ?? undefined);
}

function isEmpty(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.value === null);
}

function asNode(value: unknown): Node | undefined {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value) ? value : undefined;
}
