// How much a browser loads, and when: the numbers are of the built page, compressed as the daemon sends it.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Bundle, KIB, without } from '../harness/bundle.mjs'

const SHAPES = /^src\/api\/(\w*shapes?\w*|check-shape)\.tsx?$|^\0?virtual:(types|forms|routes)/
/** What nobody needs before Home is painted (DECISIONS 16.3), by the modules that it is made of. */
const LATER = {
  'the virtual list': /node_modules\/@tanstack\/(react-virtual|virtual-core)\//,
  Markdown: /node_modules\/marked\/|src\/(ui|lib)\/markdown\.tsx?$/i,
  'dialogs and menus': /node_modules\/@base-ui\/|src\/ui\/(Dialog|MenuPopup|Drawer|Popover)\.tsx$/,
  'the palette': /src\/.*\/Palette\w*\.tsx$/,
  'the data of the shapes': SHAPES,
  doctor: /src\/features\/doctor\//,
  onboarding: /src\/features\/(onboarding|welcome|start)\//,
  'the terminal': /node_modules\/@xterm\//,
  'the editor': /node_modules\/(@codemirror|@lezer|style-mod|w3c-keyname)\//,
}
/**
 * Drawing by WebGL comes after the terminal can be read and typed into, and only where a GPU is fast; it replaces the drawing that is
 * there. So it has a bound of its own. The search is loaded when somebody searches.
 */
const DRAWING = /node_modules\/@xterm\/addon-webgl\//
const SEARCH = /node_modules\/@xterm\/addon-search\//
const TERMINAL = /node_modules\/@xterm\/(xterm|addon-fit)\//
const EDITOR = /node_modules\/(@codemirror\/(state|view|commands|language|search|autocomplete|lint)|@lezer\/(common|highlight|lr))\//
/** Home and the sign-in are pages, though the code of Home is in the first load: these are their parts, and no overlays. */
const OF_PAGES = /^src\/features\/((home|welcome|sign-in)\/|board\/Gone\.)/
const MERGE = /node_modules\/@codemirror\/merge\//
const LANGUAGES = /node_modules\/(@codemirror\/(lang-\w+|legacy-modes)|@lezer\/(?!common|highlight|lr)\w+)\//

let bundle
let first
before(() => {
  bundle = new Bundle()
  first = bundle.firstLoad()
})

const sizes = (files) => files.map((file) => `${file} ${(bundle.bytes([file]) / KIB).toFixed(1)}`).join(', ')

function atMost(files, kib, what) {
  const bytes = bundle.bytes(files)
  assert.ok(bytes <= kib * KIB, `${what}: ${(bytes / KIB).toFixed(1)} KiB of at most ${kib}: ${sizes(files)}`)
}

describe('a browser loads', () => {
  test('at most 130 KiB of scripts and styles before Home can be used, of which 10 KiB are styles', () => {
    atMost([...first], 130, 'the first load')
    atMost([...first].filter((file) => file.endsWith('.css')), 10, 'its styles')
  })

  for (const [what, pattern] of Object.entries(LATER))
    test(`${what} only later`, () => {
      assert.ok(bundle.ofLibrary(pattern).size > 0, 'it is in the bundle')
      assert.deepEqual(bundle.modulesOf(first).filter((id) => pattern.test(id)), [])
    })

  test('at most 75 KiB of overlays on idle or first intent, and 40 of data of the shapes', () => {
    const pages = new Set(bundle.pages().map(({ file }) => file))
    const shapes = bundle.ofLibrary(SHAPES)
    const isOfPage = (file) => pages.has(file) || bundle.modulesOf([file]).some((id) => OF_PAGES.test(id))
    const overlays = bundle.laterOf(first).filter((file) => !isOfPage(file))
    const all = new Set(overlays.flatMap((file) => [...bundle.withImports(file)]))
    atMost(without(shapes, first), 40, 'the data of the shapes')
    atMost(without(all, first, shapes), 75, 'the overlays')
  })

  test('at most 75 KiB for a page of its own', () => {
    const pages = bundle.pages()
    assert.ok(pages.length > 5)
    for (const { file, source } of pages) atMost(without(bundle.withImports(file), first), 75, source)
    const ofPages = bundle.laterOf(first).filter((file) => bundle.modulesOf([file]).some((id) => OF_PAGES.test(id)))
    atMost(without(new Set(ofPages.flatMap((file) => [...bundle.withImports(file)])), first), 75, 'the parts of Home and the sign-in')
  })

  test('at most 75 KiB for a terminal, 110 for an editor, and 120 more to compare files of any language', () => {
    const [terminal, editor, merge, languages] = [TERMINAL, EDITOR, MERGE, LANGUAGES].map((pattern) => bundle.ofLibrary(pattern))
    for (const library of [terminal, editor, languages]) assert.ok(library.size > 0)
    atMost(without(terminal, first), 75, 'the terminal')
    for (const [later, kib, what] of [[DRAWING, 32, 'drawing a terminal by WebGL'], [SEARCH, 10, 'searching a terminal']]) {
      const files = bundle.ofLibrary(later)
      assert.ok(files.size > 0)
      assert.deepEqual([...files].filter((file) => terminal.has(file)), [], `${what} is not loaded with the terminal`)
      atMost(without(files, first, terminal), kib, what)
    }
    atMost(without(editor, first, languages, merge), 110, 'the editor')
    for (const file of languages) atMost(without([...bundle.withImports(file), ...merge], first, editor), 120, `merging, and ${file}`)
  })

  test('at most 100 KiB of fonts for Latin scripts', () => {
    const fonts = bundle.files.filter((file) => /-latin(-ext)?-.*\.woff2$/.test(file))
    assert.equal(fonts.length, 4)
    atMost(fonts, 100, 'the fonts')
  })

  test('files whose names change with their content, except for the page itself', () => {
    assert.deepEqual(bundle.files.filter((file) => !/^assets\/.+-[\w-]{8}\.\w+$/.test(file)), [])
  })
})
