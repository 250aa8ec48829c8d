import type { ExecPlan } from './exec-plan.ts';

/** A request to a path that the API has. */
export interface ApiRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Empty at the cluster scope. */
  readonly namespace: string;
  /** Empty for a whole collection. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** The parsed body; undefined when it is empty. */
  readonly body: () => Promise<unknown>;
}

/** A body that goes on: one JSON document per line. */
export interface AnswerStream {
  /** Sends what there is and what comes; returns what ends it. */
  readonly open: (send: (line: object) => void) => () => void;
  readonly timeoutSeconds: number | undefined;
}

/** What a request is answered with. */
export type Answer =
  | { readonly status: number; readonly body: object | string }
  | { readonly stream: AnswerStream }
  | { readonly exec: ExecPlan };
