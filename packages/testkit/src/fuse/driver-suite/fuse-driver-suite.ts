import { describe } from 'vitest';
import { directoryCases } from './directory-cases.ts';
import { lifecycleCases } from './lifecycle-cases.ts';
import { metadataCases } from './metadata-cases.ts';
import { readCases } from './read-cases.ts';
import { type DriverFixture, useDriver } from './suite-context.ts';
import { waitingCases } from './waiting-cases.ts';

/**
 * What every FUSE driver must do, apart from what its fixture names as exempt. Needs what the driver needs: root and
 * /dev/fuse, for those that talk to the kernel.
 */
export function fuseDriverSuite(name: string, fixture: DriverFixture): void {
  describe(`FuseDriver: ${name}`, () => {
    const context = useDriver(fixture);
    metadataCases(context);
    directoryCases(context);
    readCases(context);
    waitingCases(context);
    lifecycleCases(context);
  });
}
