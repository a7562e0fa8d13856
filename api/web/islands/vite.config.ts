import { defineConfig } from 'vite';

// Every island is an entry of its own; the server reads the manifest and loads only what a page names.
const islands = ['base', 'inbox', 'arrivals', 'diagram', 'drafts', 'replay', 'seat'];

export default defineConfig({
  base: '/assets/',
  publicDir: false,
  build: {
    outDir: '../static',
    assetsDir: '',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    // `arrivals` is fetched by its address, which the page knows: what it offers must keep its name.
    rolldownOptions: { input: islands.map((name) => `src/${name}.ts`), preserveEntrySignatures: 'exports-only' },
  },
  test: { include: ['src/**/*.test.ts'] },
});
