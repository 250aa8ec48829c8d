import { isAtLeast } from './openshift-version.ts';
import { readable } from './readable-routes.ts';
import type { Route, RouteSources } from './routes.ts';

/** The paths that OpenShift adds to Kubernetes, and those that came and went with its versions. All are read only. */
export function openshiftRoutes(sources: RouteSources): readonly Route[] {
  const { objects, version } = sources;
  const config = 'config.openshift.io/v1';
  const operator = 'operator.openshift.io/v1';
  const requests = 'certificatesigningrequests';
  return [
    ...readable(sources, config, 'clusterversions', () => [objects.clusterVersion]),
    ...readable(sources, config, 'infrastructures', () => [objects.infrastructure]),
    ...readable(sources, config, 'proxies', () => [objects.proxy]),
    ...readable(sources, config, 'apiservers', () => [objects.apiServer]),
    ...readable(sources, config, 'ingresses', () => [objects.ingress]),
    ...readable(sources, config, 'dnses', () => [objects.dns]),
    ...readable(sources, config, 'networks', () => [objects.network]),
    ...readable(sources, config, 'clusteroperators', () => objects.clusterOperators),
    ...readable(sources, operator, 'kubeapiservers', () => [objects.kubeApiServer]),
    ...readable(sources, operator, 'kubecontrollermanagers', () => [objects.kubeControllerManager]),
    ...readable(sources, operator, 'kubeschedulers', () => [objects.kubeScheduler]),
    ...readable(sources, operator, 'openshiftapiservers', () => [objects.openShiftApiServer]),
    ...readable(sources, operator, 'authentications', () => [objects.authentication]),
    ...(isAtLeast(version, '4.4')
      ? readable(sources, operator, 'etcds', () => [objects.etcd])
      : []),
    // Kubernetes 1.19 brought v1, 1.22 took v1beta1 away.
    ...['v1', 'v1beta1']
      .filter((each) => isAtLeast(version, '4.6') || each === 'v1beta1')
      .filter((each) => !isAtLeast(version, '4.9') || each === 'v1')
      .flatMap((each) =>
        readable(sources, `certificates.k8s.io/${each}`, requests, () =>
          objects.certificateSigningRequests.map((request) => ({
            ...request,
            apiVersion: `certificates.k8s.io/${each}`,
          })),
        ),
      ),
  ];
}
