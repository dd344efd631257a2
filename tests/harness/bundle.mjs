// The built page: its files as a browser loads them, what each consists of, and how many bytes it is over the wire.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { checkout } from './program.mjs'

const dist = path.join(checkout, 'web/dist')
export const KIB = 1024

/** As tools/embed.py compresses it; fonts are as their format has them. */
function wireBytes(file) {
  const bytes = readFileSync(path.join(dist, file))
  if (file.endsWith('.woff2')) return bytes.length
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 } }).length
}

export class Bundle {
  #rows
  #bytes = new Map()

  constructor() {
    const rows = JSON.parse(readFileSync(path.join(dist, '.report/bundle.json'), 'utf8'))
    this.#rows = new Map(rows.map((row) => [row.file, row]))
  }

  get files() {
    return [...this.#rows.keys()]
  }

  get chunks() {
    return [...this.#rows.values()].filter(({ modules }) => modules)
  }

  row(file) {
    return this.#rows.get(file)
  }

  bytes(files) {
    let sum = 0
    for (const file of files) {
      if (!this.#bytes.has(file)) this.#bytes.set(file, wireBytes(file))
      sum += this.#bytes.get(file)
    }
    return sum
  }

  /** A file with all that it needs before it runs: scripts and styles. */
  withImports(file, found = new Set()) {
    if (found.has(file)) return found
    found.add(file)
    const { imports = [], css = [] } = this.#rows.get(file) ?? {}
    for (const style of css) found.add(style)
    for (const next of imports) this.withImports(next, found)
    return found
  }

  get entry() {
    return this.chunks.find(({ isEntry }) => isEntry)
  }

  /** What is loaded before Home can be used: the entry, Home's own file if it is another, and the script before the paint. */
  firstLoad() {
    const found = this.withImports(this.entry.file)
    const home = this.chunks.find(({ source }) => /\/HomePage\.tsx$/.test(source ?? ''))
    if (home) this.withImports(home.file, found)
    for (const file of this.files) if (/\/early-[\w-]+\.js$/.test(file)) found.add(file)
    return found
  }

  /** The file of each page that the router loads by itself, by its source. */
  pages() {
    const text = readFileSync(path.join(checkout, 'web/src/app/router.tsx'), 'utf8')
    const sources = new Set([...text.matchAll(/import\('~\/([^']+)'\)/g)].map(([, name]) => `src/${name}.tsx`))
    return this.chunks.filter(({ source }) => sources.has(source))
  }

  /** Files that are loaded later because of an `import()` in these. */
  laterOf(files) {
    return [...new Set([...files].flatMap((file) => this.#rows.get(file)?.dynamicImports ?? []))]
  }

  modulesOf(files) {
    return [...files].flatMap((file) => this.#rows.get(file)?.modules ?? []).map(({ id }) => id)
  }

  /** Files that hold a module of these libraries, with their styles. */
  ofLibrary(pattern) {
    const rows = this.chunks.filter(({ modules }) => modules.some(({ id }) => pattern.test(id)))
    return new Set(rows.flatMap(({ file, css }) => [file, ...css]))
  }
}

export const without = (files, ...others) => [...files].filter((file) => !others.some((other) => new Set(other).has(file)))
