import type { ApiFault } from './faults.ts';
import type { LoggedRequest } from './request-log.ts';
import { forbidden, StatusError } from './status-error.ts';

const clientName = 'system:serviceaccount:etcd-backup:etcd-backup';

/** The 403 of RBAC to a request of this group. */
export function denied(entry: LoggedRequest, group: string): StatusError {
  const { verb, resource, namespace, name } = entry;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const [plain = ''] = resource.split('/');
  return forbidden(
    { group, resource: plain, name: name || undefined },
    `User "${clientName}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
  );
}

/** The answer that a `status` fault asks for. */
export function wantedStatus(fault: ApiFault & { fault: 'status' }): StatusError {
  const { status, reason = 'InternalError', message = 'the server is made to fail' } = fault;
  const { retryAfterSeconds } = fault;
  const headers =
    retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return new StatusError(status, reason, message, { headers });
}
