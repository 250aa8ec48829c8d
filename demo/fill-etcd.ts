/** Writes keys into an etcd without TLS through its JSON gateway, as a small cluster would have them. */
export async function fillEtcd(endpoint: string, keys: number): Promise<void> {
  const batch = 100;
  for (let first = 0; first < keys; first += batch) {
    const success = Array.from({ length: Math.min(batch, keys - first) }, (_, index) => ({
      requestPut: { key: base64(keyName(first + index)), value: base64(configMap(first + index)) },
    }));
    const response = await fetch(`${endpoint}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success }),
    });
    if (!response.ok) throw new Error(`etcd refused keys: ${response.status}`);
  }
}

function keyName(index: number): string {
  return `/kubernetes.io/configmaps/demo/app-${index}`;
}

function configMap(index: number): string {
  const data = { 'app.properties': `replicas=${index % 5}\nregion=eu-central-1\n`.repeat(8) };
  return JSON.stringify({ kind: 'ConfigMap', metadata: { name: `app-${index}` }, data });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
