// How much a browser loads, and when: the numbers are of the built page, compressed as the daemon sends it.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Bundle, KIB, without } from '../harness/bundle.mjs'

/** What nobody needs before Home is painted (DECISIONS 16.3), by the modules that it is made of. */
const LATER = {
  'the virtual list': /node_modules\/@tanstack\/(react-virtual|virtual-core)\//,
  Markdown: /node_modules\/marked\/|src\/(ui|lib)\/markdown\.tsx?$/i,
  'dialogs and menus': /node_modules\/@base-ui\/|src\/ui\/(Dialog|MenuPopup|Drawer|Popover)\.tsx$/,
  'the palette': /src\/.*\/Palette\w*\.tsx$/,
  'the undo list': /src\/.*\/(UndoList|undo-list)\.tsx?$/,
  'the data of the shapes': /src\/api\/shapes\w*\.ts$/,
  doctor: /src\/features\/doctor\//,
  onboarding: /src\/features\/(onboarding|welcome|start)\//,
  'the terminal': /node_modules\/@xterm\//,
  'the editor': /node_modules\/(@codemirror|@lezer|style-mod|w3c-keyname)\//,
}
/** What every terminal needs; a search and a graphics card bring their own. */
const TERMINAL = /node_modules\/@xterm\/(?!addon-(search|webgl)\/)/
const TERMINAL_EXTRAS = /node_modules\/@xterm\/addon-(search|webgl)\//
const EDITOR = /node_modules\/(@codemirror\/(state|view|commands|language|search|autocomplete|lint)|@lezer\/(common|highlight|lr))\//
const LANGUAGES = /node_modules\/(@codemirror\/(merge|lang-\w+|legacy-modes)|@lezer\/(?!common|highlight|lr)\w+)\//
/** A page, or a pane of one. */
const ROUTE = /^src\/(features\/.+Page|app\/.+(Route|Page)|app\/pages\/.+\/panes\/\w+)\.tsx$/
/** Loaded by nobody but tests and developers: the checks of shapes. */
const CHECKS = /^src\/api\/check-shape\.ts$/

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
      assert.deepEqual(bundle.modulesOf(first).filter((id) => pattern.test(id)), [])
    })

  test('at most 75 KiB of overlays on idle or first intent', () => {
    const overlays = bundle.laterOf(first).filter((file) => !ROUTE.test(bundle.row(file).source ?? '') && !CHECKS.test(bundle.row(file).source ?? ''))
    const all = new Set(overlays.flatMap((file) => [...bundle.withImports(file)]))
    atMost(without(all, first), 75, 'the overlays')
  })

  test('at most 75 KiB for a page of its own', () => {
    const pages = bundle.chunks.filter(({ source }) => ROUTE.test(source ?? ''))
    assert.ok(pages.length > 0)
    for (const { file, source } of pages) atMost(without(bundle.withImports(file), first), 75, source)
  })

  test('at most 75 KiB for a terminal, 110 for an editor, and 120 more for all languages and merging', () => {
    const editor = bundle.ofLibrary(EDITOR)
    const languages = bundle.ofLibrary(LANGUAGES)
    atMost(bundle.chunksOf(TERMINAL), 75, 'the terminal')
    for (const file of bundle.chunksOf(TERMINAL_EXTRAS)) atMost([file], 30, file)
    atMost(without(editor, first, languages), 110, 'the editor')
    atMost(without(languages, first, editor), 120, 'the languages')
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
