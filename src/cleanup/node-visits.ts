import { randomInt } from 'node:crypto';

import type { ClusterConfig } from '../config/config.ts';
import type { NodeAccess } from '../config/node-access.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { nodeVisit } from '../node/node-visit.ts';
import type { NodeVisit } from '../node/node-visit.ts';
import { orProblem } from './problem.ts';
import type { Problem } from './problem.ts';

/** The nodes that a cleanup looks at. */
export interface NodeVisits {
  /** What the visits are called where a run's name stands: in the names and labels of their pods. */
  readonly visitor: string;
  /** A shell on the node. What carries it stays until {@link NodeVisits.end}. Safe to repeat. */
  open(nodeName: string, signal: AbortSignal): Promise<NodeShell>;
  /** Ends whatever carried a shell; what could not be ended is returned. Safe to repeat. */
  end(signal: AbortSignal): Promise<readonly Problem[]>;
}

/** A node to visit, and the image that is there already. */
export interface VisitedNode {
  readonly name: string;
  readonly etcdImage?: string;
}

/** Prepares the visits; makes nothing until a node is opened. */
export function nodeVisits(
  access: NodeAccess,
  cluster: ClusterConfig & { readonly name: string },
  nodes: readonly VisitedNode[],
): NodeVisits {
  const visitor = randomName();
  const begun = new Map<string, NodeVisit>();
  return {
    visitor,
    async open(nodeName, signal) {
      const at = nodes.findIndex(({ name }) => name === nodeName);
      const etcdImage = nodes[at]?.etcdImage;
      const visit = nodeVisit({
        run: { name: visitor, cluster: cluster.name },
        number: at + 1,
        nodeName,
        policy: cluster,
        ...(etcdImage === undefined ? {} : { etcdImage }),
      });
      // Before it is made: an interrupt in between must not leave it.
      begun.set(nodeName, visit);
      return await access.open(visit, signal);
    },
    async end(signal) {
      const ended = [...begun].map(async ([nodeName, visit]) => {
        const done = await orProblem(nodeName, signal, () => access.end(visit, signal));
        return 'problem' in done ? [done.problem] : [];
      });
      return (await Promise.all(ended)).flat();
    },
  };
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

function randomName(): string {
  return Array.from({ length: 12 }, () => letters[randomInt(letters.length)]).join('');
}
