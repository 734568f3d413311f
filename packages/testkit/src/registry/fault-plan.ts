import type { Fault, RequestKind } from './fault.ts';
import type { LoggedRequest } from './request-log.ts';

/** Decides for each request; undefined for a good answer. Called once a request, before anything is sent. */
export type FaultRule = (request: LoggedRequest) => Fault | undefined;

/** Which faults a test registry shows, and when. */
export interface FaultPlan {
  /** The next requests of a kind get these, one each, in this order; after that the rule decides. */
  next(kind: RequestKind, ...faults: readonly Fault[]): void;
  /** From now on this decides; undefined for none. */
  always(rule: FaultRule | undefined): void;
  /** Forgets everything. */
  clear(): void;
  /** For the server: the fault for this request. */
  take(request: LoggedRequest): Fault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const queues = new Map<RequestKind, Fault[]>();
  let rule: FaultRule | undefined;
  return {
    next: (kind, ...faults) => {
      queues.set(kind, [...(queues.get(kind) ?? []), ...faults]);
    },
    always: (next) => {
      rule = next;
    },
    clear: () => {
      queues.clear();
      rule = undefined;
    },
    take: (request) => queues.get(request.kind)?.shift() ?? rule?.(request),
  };
}
