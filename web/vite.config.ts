import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { shapes } from './shapes.ts'

const daemon = process.env['MUSTER_URL'] ?? 'http://127.0.0.1:3001'

export default defineConfig({
  plugins: [react(), tailwindcss(), shapes()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: ['chrome123', 'safari17.5', 'firefox125'],
    // No polyfill and no inlined assets: the page's policy allows files of its own origin only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      output: { manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler)\//.test(id) ? 'react' : null) },
    },
  },
  server: { proxy: { '/api': daemon, '/ws': { target: daemon, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
})
