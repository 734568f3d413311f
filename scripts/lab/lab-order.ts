import type { LabErrorCode } from './lab-error.ts';

/** What the first process inside the namespaces is told. */
export interface LabOrder {
  readonly workspace: string;
  readonly directory: string;
  readonly logs: string;
  readonly name: string;
}

/** What it answers. */
export type LabReport<Result> =
  | { readonly result: Result }
  | { readonly code: LabErrorCode; readonly message: string };
