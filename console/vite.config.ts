import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { fake } from './dev/fake.ts';

const proxy = process.env.FAKE ? undefined : { '/api': process.env.PLIMSOLL_URL ?? 'http://127.0.0.1:8080' };

// `npm run dev` talks to a server on 127.0.0.1:8080; `FAKE=1 npm run dev` needs none.
export default defineConfig({
  plugins: [react(), ...(process.env.FAKE ? [fake()] : [])],
  server: { proxy },
  preview: { proxy },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0 },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
