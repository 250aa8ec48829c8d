/** What a kubeconfig with one cluster and one user needs. */
export interface KubeconfigFields {
  readonly server: string;
  readonly user: string;
  /** Paths; with `Data` in its name: the content, in base64. */
  readonly certificateAuthority?: string;
  readonly certificateAuthorityData?: string;
  readonly clientCertificate?: string;
  readonly clientCertificateData?: string;
  readonly clientKey?: string;
  readonly clientKeyData?: string;
  readonly token?: string;
}

/** A kubeconfig with one field per line, which shell scripts can read too. */
export function kubeconfigText(fields: KubeconfigFields): string {
  const cluster = lines({
    'certificate-authority': fields.certificateAuthority,
    'certificate-authority-data': fields.certificateAuthorityData,
    server: fields.server,
  });
  const user = lines({
    'client-certificate': fields.clientCertificate,
    'client-certificate-data': fields.clientCertificateData,
    'client-key': fields.clientKey,
    'client-key-data': fields.clientKeyData,
    token: fields.token,
  });
  return `apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster:
${cluster}
users:
  - name: ${fields.user}
    user:
${user}
contexts:
  - name: lab
    context:
      cluster: lab
      user: ${fields.user}
current-context: lab
`;
}

/** The same words in base64, for the fields that hold a content. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function lines(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `      ${name}: ${value}`)
    .join('\n');
}
