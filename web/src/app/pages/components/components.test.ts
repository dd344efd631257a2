import { expect, test } from 'vitest'

const parts = import.meta.glob<string>('/src/ui/*.tsx', { query: '?raw', import: 'default', eager: true })
const samples = import.meta.glob<string>('./*.tsx', { query: '?raw', import: 'default', eager: true })

/** Not written on the page itself: what is seen is another one, which uses it, or they are in the frame around every page, or have no look of their own. */
const shownBy: Record<string, string> = { LazyPart: 'Menu', RowAct: 'OtherText', EndMark: 'Lines', MarkdownBlocks: 'Markdown', MenuPopup: 'Menu', Modal: 'Dialog', AnsiText: 'Output', Toasts: 'toast', ToastList: 'toast' }

const components = Object.values(parts).flatMap((source) => [...source.matchAll(/^export (?:function|class|const) ([A-Z][a-z]\w*)[^\n]*/gm)].map(([, name = '']) => name))
const page = Object.values(samples).join('\n')
const isShown = (name: string) => new RegExp(`<${name}[\\s>]|\\b${name}\\(`).test(page)

test('every component of ui is on the page of components', () => {
  expect(components.length).toBeGreaterThan(40)
  expect(components.filter((name) => !isShown(shownBy[name] ?? name))).toEqual([])
})
