/** How a client reaches the API server. */
export interface ClusterAccess {
  /** `https://host:port`. */
  readonly server: string;
  /** The certificate authority, PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** The kubeconfig of a client outside the cluster: certificate authority and token inline. */
export function clientKubeconfig({ server, certificateAuthority, token }: ClusterAccess): string {
  const data = Buffer.from(certificateAuthority).toString('base64');
  return kubeconfig(server, `certificate-authority-data: ${data}`, token);
}

/** A node's `localhost.kubeconfig`: one field per line, the certificate authority by path. */
export function localhostKubeconfig(
  { server, token }: ClusterAccess,
  certificateAuthorityPath: string,
): string {
  return kubeconfig(server, `certificate-authority: ${certificateAuthorityPath}`, token);
}

function kubeconfig(server: string, authority: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: stand-in
    cluster:
      server: ${server}
      ${authority}
users:
  - name: stand-in
    user:
      token: ${token}
contexts:
  - name: stand-in
    context:
      cluster: stand-in
      user: stand-in
current-context: stand-in
`;
}
