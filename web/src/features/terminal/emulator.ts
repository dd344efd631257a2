import { FitAddon } from '@xterm/addon-fit'
import type { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal, type ILink } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { onThemeChange, readFont, readTheme } from '~/features/terminal/colours'
import { hasFastGpu } from '~/features/terminal/gpu'
import { fileLinks, type FilePlace } from '~/features/terminal/links'
import { mendRows, withNonce } from '~/features/terminal/nonce'

const scrollbackLines = 10_000

export type EmulatorOptions = {
  isBlinking: boolean
  onInput: (bytes: Uint8Array) => void
  /** Whether the terminal may have this key; false leaves it to the page. */
  onKey: (event: KeyboardEvent) => boolean
  onPlace: ((place: FilePlace) => void) | undefined
}

export type Emulator = {
  terminal: Terminal
  /** What looks for text in it; its code comes with the first search. */
  loadSearch(): Promise<SearchAddon>
  /** The size that fills the element. */
  fit(): { rows: number; cols: number } | undefined
  dispose(): void
}

const take = () => true

/**
 * The daemon answers what a program asks its terminal, once for all viewers: this one is silent. Colours are not the
 * daemon's to answer, and two viewers may have different ones, so nobody answers for them.
 */
function answerNothing({ parser }: Terminal) {
  for (const id of [
    { final: 'c' }, { prefix: '>', final: 'c' }, { prefix: '=', final: 'c' }, { final: 'n' }, { prefix: '?', final: 'n' },
    { final: 't' }, { intermediates: '$', final: 'p' }, { prefix: '?', intermediates: '$', final: 'p' }, { prefix: '>', final: 'q' },
  ]) parser.registerCsiHandler(id, take)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, take)
  for (const osc of [4, 10, 11, 12]) parser.registerOscHandler(osc, (data) => data.includes('?'))
}

/** Cells are whole pixels, so a height in pixels is a factor of the height that the font has here. */
function lineHeightFor({ fontFamily, fontSize, rowHeight }: ReturnType<typeof readFont>): number {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return 1
  context.font = `${fontSize}px ${fontFamily}`
  const { fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('W')
  const ratio = window.devicePixelRatio
  return Math.max(1, (rowHeight * ratio + 0.01) / Math.ceil((fontBoundingBoxAscent + fontBoundingBoxDescent) * ratio))
}

/** Rows that are one line to the program: a link may go over several. */
function lineAt(terminal: Terminal, row: number) {
  const buffer = terminal.buffer.active
  let first = row
  while (first > 0 && buffer.getLine(first)?.isWrapped) first--
  let text = ''
  let last = first
  for (; last - first < 20; last++) {
    const line = buffer.getLine(last)
    if (!line || (last > first && !line.isWrapped)) break
    text += line.translateToString(false)
  }
  return { text, first }
}

function linkFiles(terminal: Terminal, onPlace: (place: FilePlace) => void) {
  terminal.registerLinkProvider({
    provideLinks(row, give) {
      const { text, first } = lineAt(terminal, row - 1)
      const cell = (at: number) => ({ x: (at % terminal.cols) + 1, y: first + Math.floor(at / terminal.cols) + 1 })
      const links: ILink[] = fileLinks(text).map(({ begin, end, ...place }) => ({
        text: text.slice(begin, end),
        range: { start: cell(begin), end: cell(end - 1) },
        activate: () => onPlace(place),
      }))
      give(links.length > 0 ? links : undefined)
    },
  })
}

function open(uri: string) {
  if (/^https?:\/\//i.test(uri)) window.open(uri, '_blank', 'noopener,noreferrer')
}

/** Only where a GPU draws it; the DOM is the fallback whenever the context is lost. */
async function useGpu(terminal: Terminal) {
  if (!hasFastGpu()) return
  const { WebglAddon } = await import('@xterm/addon-webgl')
  if (!terminal.element?.isConnected) return
  const addon = new WebglAddon()
  addon.onContextLoss(() => {
    withNonce(() => addon.dispose())
    mendRows(terminal)
  })
  withNonce(() => terminal.loadAddon(addon))
}

async function loadSearch(terminal: Terminal): Promise<SearchAddon> {
  const { SearchAddon } = await import('@xterm/addon-search')
  const search = new SearchAddon()
  terminal.loadAddon(search)
  return search
}

/** Before the first terminal: a font that comes later would change the width of every cell. */
export async function loadFont() {
  const { fontFamily, fontSize } = readFont()
  await document.fonts.load(`${fontSize}px ${fontFamily}`).catch(() => undefined)
}

export function openEmulator(element: HTMLElement, options: EmulatorOptions): Emulator {
  const font = readFont()
  const terminal = new Terminal({
    fontFamily: font.fontFamily,
    fontSize: font.fontSize,
    lineHeight: lineHeightFor(font),
    theme: readTheme(),
    scrollback: scrollbackLines,
    cursorBlink: options.isBlinking,
    cursorInactiveStyle: 'outline',
    minimumContrastRatio: 4.5,
    drawBoldTextInBrightColors: false,
    fontWeightBold: 600,
    allowProposedApi: true,
    macOptionClickForcesSelection: true,
    linkHandler: { activate: (_event, uri) => open(uri) },
    logLevel: 'off',
  })
  const fit = new FitAddon()
  for (const addon of [fit, new Unicode11Addon(), new WebLinksAddon((_event, uri) => open(uri))]) terminal.loadAddon(addon)
  terminal.unicode.activeVersion = '11'
  answerNothing(terminal)
  if (options.onPlace) linkFiles(terminal, options.onPlace)
  terminal.attachCustomKeyEventHandler(options.onKey)
  const encoder = new TextEncoder()
  terminal.onData((data) => options.onInput(encoder.encode(data)))
  terminal.onBinary((data) => options.onInput(Uint8Array.from(data, (c) => c.charCodeAt(0))))
  withNonce(() => terminal.open(element))
  mendRows(terminal)
  void useGpu(terminal)
  const stop = onThemeChange(() => withNonce(() => (terminal.options.theme = readTheme())))
  let search: Promise<SearchAddon> | undefined
  return {
    terminal,
    loadSearch: () => (search ??= loadSearch(terminal)),
    fit: () => fit.proposeDimensions(),
    dispose() {
      stop()
      terminal.dispose()
    },
  }
}
