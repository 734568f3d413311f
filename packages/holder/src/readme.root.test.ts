import { testReadmeExample } from '@sluice/testkit/readme';

testReadmeExample(new URL('..', import.meta.url));
