import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { bundleReport, daemonTag, developmentPolicy, earlyScript, keyTable, withoutOldProperties } from './plugins.mjs'
import { daemonOrigins } from './policy.mjs'
import { shapes } from './shapes.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const daemon = process.env['MUSTER_URL'] ?? 'http://127.0.0.1:3001'
/** A daemon that the page asks directly, from its own origin; left out: its own, or the one behind the proxy. */
const elsewhere = daemonOrigins(process.env['VITE_API_URL'] || undefined, process.env['VITE_WS_URL'] || undefined)

/** The daemon accepts calls of its own origin: what this server's page asks for becomes one of them. */
const proxy = {
  target: daemon,
  ws: true,
  configure(server: { on: (event: 'proxyReq' | 'proxyReqWs', act: (request: { setHeader: (name: string, value: string) => void }) => void) => void }) {
    for (const event of ['proxyReq', 'proxyReqWs'] as const) server.on(event, (request) => request.setHeader('origin', daemon))
  },
  changeOrigin: true,
}

export default defineConfig({
  plugins: [react(), tailwindcss(), shapes(), keyTable(), earlyScript(), developmentPolicy(elsewhere), daemonTag(elsewhere), withoutOldProperties(), bundleReport()],
  resolve: {
    alias: [
      { find: '~', replacement: `${here}src` },
      // React has this hook itself.
      { find: /^use-sync-external-store\/shim(?=\/|$)/, replacement: 'use-sync-external-store' },
    ],
  },
  build: {
    target: ['chrome123', 'safari17.5', 'firefox128'],
    // No polyfill and no inlined assets: the page's policy allows files of its own origin only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      // React changes seldom; the rest of the first load is one file, which compresses better than many.
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 2 },
            { name: 'first', tags: ['$initial'], priority: 1 },
          ],
        },
      },
    },
  },
  // node_modules is a link into a cache, from which fonts are served.
  server: { host: '127.0.0.1', fs: { allow: [here, realpathSync(`${here}node_modules`)] }, proxy: { '/api': proxy, '/ws': proxy } },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
})
