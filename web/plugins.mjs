// What this page's build does besides Vite's own: the script before the first paint, the nonce while developing, and a report
// of what each file consists of, which the gates read (tests/pages/bundle.test.mjs).
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { placeOfNonce, policyOf } from './policy.mjs'

const EARLY = 'src/app/early.js'
const here = fileURLToPath(new URL('.', import.meta.url))

/** Sets the theme before the first paint: a plain script in the head, since a module runs only after the document was parsed. */
export function earlyScript() {
  return {
    name: 'early-script',
    buildStart() {
      if (this.environment.mode === 'build') this.emitFile({ type: 'asset', name: 'early.js', source: readFileSync(here + EARLY) })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const built = Object.values(bundle ?? {}).find(({ names }) => names?.includes('early.js'))
        return [{ tag: 'script', attrs: { src: built ? `/${built.fileName}` : `/${EARLY}` }, injectTo: 'head-prepend' }]
      },
    },
  }
}

/** The noun of `features/<noun>/…`; everything else belongs to every page. */
const partOf = (file) => /^features\/([^/]+)\//.exec(file)?.[1] ?? 'page'

/** `virtual:keys`: every key that the page's sources give to the registry, by part, so that they can be shown without opening it. */
export function keyTable() {
  const name = 'virtual:keys'
  const row = /\bkeys: '([^']+)', label: '([^']+)'/g
  return {
    name: 'key-table',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined
      const files = readdirSync(`${here}src`, { recursive: true }).filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'))
      const rows = files.toSorted().flatMap((file) => [...readFileSync(`${here}src/${file}`, 'utf8').matchAll(row)].map(([, keys, label]) => ({ part: partOf(file), keys, label })))
      return `export const table = ${JSON.stringify(rows)}`
    },
  }
}

/** The policy of the daemon also while developing, so that what breaks it is seen at once. `connect`: origins besides our own. */
export function developmentPolicy(connect) {
  const nonce = randomBytes(16).toString('base64')
  const policy = policyOf(nonce, { connect, script: [`'nonce-${nonce}'`] })
  return {
    name: 'development-policy',
    apply: 'serve',
    config: () => ({ html: { cspNonce: nonce } }),
    configureServer({ middlewares }) {
      middlewares.use((_, response, next) => {
        response.setHeader('content-security-policy', policy)
        next()
      })
    },
    transformIndexHtml: (html) => html.replace(placeOfNonce, nonce),
  }
}

/** Names the daemon that the page is built for: the one that serves it lets it call these origins, if they are allowed ones. */
export function daemonTag(origins) {
  return {
    name: 'daemon-tag',
    apply: 'build',
    transformIndexHtml: (html) => (origins.length > 0 ? html.replace('</title>', `</title>\n    <meta name="daemon" content="${origins.join(' ')}" />`) : html),
  }
}

/** Every browser that the page is built for knows @property; what Tailwind adds for others is left out. */
export function withoutOldProperties() {
  return {
    name: 'without-old-properties',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'asset' && file.fileName.endsWith('.css')) file.source = String(file.source).replace(/@layer properties\{@supports [^{]*\{[^{}]*\{[^{}]*\}\}\}/, '')
    },
  }
}

const own = (id) => (id.startsWith(here) ? id.slice(here.length) : id).replace(/^.*\/node_modules\//, 'node_modules/').replace(/\?.*$/, '')

/** .report/bundle.json, which is not put into the program: per file its source, what it imports and the modules in it. */
export function bundleReport() {
  return {
    name: 'bundle-report',
    apply: 'build',
    generateBundle(_, bundle) {
      const rows = Object.values(bundle).map((file) => ({
        file: file.fileName,
        ...(file.type === 'chunk' && {
          source: file.facadeModuleId ? own(file.facadeModuleId) : undefined,
          isEntry: file.isEntry,
          imports: file.imports,
          dynamicImports: file.dynamicImports,
          css: [...(file.viteMetadata?.importedCss ?? [])],
          modules: Object.entries(file.modules).map(([id, { renderedLength }]) => ({ id: own(id), bytes: renderedLength })),
        }),
      }))
      this.emitFile({ type: 'asset', fileName: '.report/bundle.json', source: JSON.stringify(rows, null, 1) })
    },
  }
}
