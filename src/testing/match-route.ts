import type { Route } from './routes.ts';
import { StatusError } from './status-error.ts';

/** A route and what its path says about one request. */
export interface RouteMatch {
  readonly route: Route;
  readonly verb: string;
  readonly namespace: string;
  readonly name: string;
}

/** Makes what finds the route of a request; undefined where the API has no such path. */
export function routeMatcher(
  routes: readonly Route[],
): (method: string, url: URL) => RouteMatch | 'wrongMethod' | undefined {
  const table = routes.map((route) => ({ route, pattern: pattern(route.path) }));
  return (method, url) => {
    const there = table.filter(({ pattern }) => pattern.test(url.pathname));
    const found = there.find(({ route }) => route.method === method);
    if (!found) return there.length > 0 ? 'wrongMethod' : undefined;
    const groups = found.pattern.exec(url.pathname)?.groups ?? {};
    const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
    return {
      route: found.route,
      verb: found.route.verb === 'list' && isWatch ? 'watch' : found.route.verb,
      namespace: decodeURIComponent(groups['namespace'] ?? ''),
      name: decodeURIComponent(groups['name'] ?? ''),
    };
  };
}

/** The answer to a method that a path does not have. */
export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}
