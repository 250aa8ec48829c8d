/** What the API server answers instead of an object: a `v1` Status. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: object;
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: object;
  readonly code: number;
}

/** A resource and the name it stands for in a path, as the server words them in messages. */
export interface ResourceName {
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly name?: string | undefined;
}

/** Ends a request with a Status. */
export class StatusError extends Error {
  readonly body: Status;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: number,
    reason: string,
    message: string,
    extra: { readonly details?: object; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    const { details = {}, headers = {} } = extra;
    const status = 'Failure';
    this.headers = headers;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status,
      message,
      reason,
      details,
      code,
    };
  }
}

export function notFound(of: ResourceName): StatusError {
  return about(404, 'NotFound', of, `${qualified(of)} "${of.name}" not found`);
}

export function alreadyExists(of: ResourceName): StatusError {
  return about(409, 'AlreadyExists', of, `${qualified(of)} "${of.name}" already exists`);
}

export function conflict(of: ResourceName, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(of)} "${of.name}": ${why}`;
  return about(409, 'Conflict', of, message);
}

/** The object is not the one that the caller read: another resource version. */
export function modified(of: ResourceName): StatusError {
  return conflict(
    of,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(of: ResourceName, why: string): StatusError {
  const name = of.name === undefined ? '' : ` "${of.name}"`;
  return about(403, 'Forbidden', of, `${qualified(of)}${name} is forbidden: ${why}`);
}

export function invalid(kind: string, of: ResourceName, why: string): StatusError {
  return about(422, 'Invalid', of, `${kind} "${of.name}" is invalid: ${why}`);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function internalError(message: string): StatusError {
  const details = { causes: [{ message }] };
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { details });
}

/** `pods`, `leases.coordination.k8s.io`. */
export function qualified({ group, resource }: ResourceName): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function about(code: number, reason: string, of: ResourceName, message: string): StatusError {
  const { group, resource: kind, name } = of;
  const details = { ...(name && { name }), ...(group !== '' && { group }), kind };
  return new StatusError(code, reason, message, { details });
}
