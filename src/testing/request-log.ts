/** A request as the API server saw it. Bodies, headers and tokens are not kept. */
export interface LoggedRequest {
  readonly at: Date;
  /** Whose token came with it: the client's, a node's own, or none that is known. */
  readonly user: 'client' | 'node' | 'unknown';
  readonly method: string;
  readonly path: string;
  /** Every value of every parameter of the query. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** `get`, `list`, `watch`, `create`, `update`, `delete`; empty where the path is none of the API's. */
  readonly verb: string;
  /** `pods`, `pods/exec`, `leases`…; empty where the path is none of the API's. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** The words of a command that was to be executed. */
  readonly command?: readonly string[];
  /** The HTTP status of the answer; 101 for an exec connection that opened, absent where none was given (yet). */
  status?: number;
  /** When an exec connection that had opened was closed; absent while it is open. */
  closedAt?: Date;
}

/** What is known of a request before it is answered. */
export function logged(
  user: LoggedRequest['user'],
  method: string,
  url: URL,
  route: Pick<LoggedRequest, 'verb' | 'resource' | 'namespace' | 'name'>,
): LoggedRequest {
  const query = Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
  );
  const command = route.resource === 'pods/exec' ? { command: query['command'] ?? [] } : {};
  return { at: new Date(), user, method, path: url.pathname, query, ...route, ...command };
}
