import { type NodeFile, jsonText, publicFile } from './files.ts';

/** Where the node's containerd listens, on the node. */
export const containerdSocket = '/run/containerd/containerd.sock';

const directory = '/etc/kubernetes/cni/net.d';

/** The line of /etc/inittab that runs containerd. */
export const containerdService: string =
  '::respawn:containerd --config /etc/containerd/lab.toml >>/var/log/containerd.log 2>&1';

/** containerd's configuration; the only network it gives a pod is a loopback. */
export function containerdFiles(pauseImage: string): readonly NodeFile[] {
  const network = { cniVersion: '0.4.0', name: 'lo', plugins: [{ type: 'loopback' }] };
  return [
    publicFile('/etc/containerd/lab.toml', configuration(pauseImage)),
    publicFile(`${directory}/10-loopback.conflist`, jsonText(network)),
  ];
}

// Without CAP_SYS_RESOURCE nothing may lower its OOM score: restrict_oom_score_adj takes what it gets.
function configuration(pauseImage: string): string {
  return `version = 2
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "${pauseImage}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${directory}"
`;
}
