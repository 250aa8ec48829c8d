/** What `npm run demo` needs. */
const demoTools = ['temporal', 'etcd', 'etcdctl', 'etcdutl'];

/** What `npm test` needs beside the lab: the demo's, an S3 server, the tool that opens sealed files, and rclone. */
const suiteTools = [...demoTools, 'versitygw', 'age', 'rclone'];

/** What a control plane node is made of. */
const nodeTools = ['etcd', 'etcdctl', 'etcdutl', 'kube-apiserver', 'kubelet', 'openshift-crds'];

const everyTool = [...new Set([...suiteTools, ...nodeTools])];

/** What `npm run bench` needs: a person's tools beside the lab's and the store's. */
const benchTools = [...new Set(['temporal', ...nodeTools, 'versitygw', 'kubectl', 'rclone'])];

const vitest = 'node_modules/vitest/vitest.mjs';

/**
 * What the launcher starts, by the name of the npm script.
 *
 * program      for Node, with its first arguments; what stands after the command's name follows
 * tools        that must be there before, for these arguments
 * needsLab     it cannot run where the lab cannot
 * withoutLab   arguments that leave the lab out, where the lab cannot run
 */
export const commands = {
  demo: { program: ['demo/main.ts'], tools: () => demoTools },
  test: {
    program: [vitest, 'run'],
    tools: () => (labProblem() ? suiteTools : everyTool),
    withoutLab: ['--project', '!lab'],
  },
  'test:lab': {
    program: [vitest, 'run', '--project', 'lab'],
    tools: () => everyTool,
    needsLab: true,
  },
  lab: {
    program: ['lab/main.ts'],
    tools: (args) => (args.includes('up') ? nodeTools : []),
    needsLab: true,
  },
  bench: { program: ['bench/main.ts'], tools: () => benchTools, needsLab: true },
  breaks: {
    program: ['test/breaks/main.ts'],
    tools: () => (labProblem() ? suiteTools : everyTool),
  },
};

/** The tools for `npm run setup -- <names>`: of a command, by name, or `all`; for the whole suite without names. */
export function toolsFor(names) {
  if (names.length === 0) return commands.test.tools([]);
  return [...new Set(names.flatMap(toolsOf))];
}

/** What `setup` takes as a name. */
export const setupNames = [
  ...new Set(['all', ...Object.keys(commands), ...everyTool, ...benchTools]),
];

/** Why the lab cannot run here, in a few words, or undefined when it can. */
export function labProblem() {
  const isRoot = process.getuid?.() === 0;
  if (process.platform === 'linux' && isRoot) return undefined;
  return `it needs root on Linux, this is ${isRoot ? 'root' : 'not root'} on ${process.platform}`;
}

function toolsOf(name) {
  if (name === 'all') return everyTool;
  return Object.hasOwn(commands, name) ? commands[name].tools(['up']) : [name];
}
