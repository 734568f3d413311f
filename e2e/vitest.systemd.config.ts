import { defineConfig } from 'vitest/config';
import cases from './vitest.config.ts';

// Runs inside the container whose first process is systemd: see README.md.
export default defineConfig({ ...cases, test: { ...cases.test, include: ['src/systemd/*.test.ts'] } });
