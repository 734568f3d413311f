import type { DemoErrorCode } from './demo-error.ts';
import type { DemoFigures } from './demo-figures.ts';

/** What the process inside the namespaces is told. */
export interface DemoOrder {
  readonly workspace: string;
  readonly directory: string;
  readonly logs: string;
  readonly name: string;
}

/** What it answers. */
export type DemoReport =
  | { readonly figures: DemoFigures }
  | { readonly code: DemoErrorCode; readonly message: string };
