import { defineConfig } from 'vitest/config';
import cases from './vitest.config.ts';

// Runs inside the container whose first process is systemd, after it was switched off and on: without a registry.
export default defineConfig({
  ...cases,
  test: { ...cases.test, include: ['src/systemd/reboot/*.test.ts'], globalSetup: [] },
});
