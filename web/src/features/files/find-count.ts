import { getSearchQuery, searchPanelOpen } from '@codemirror/search'
import type { EditorState } from '@codemirror/state'
import { ViewPlugin, type EditorView, type ViewUpdate } from '@codemirror/view'
import { formatNumber } from '~/lib/format'

const mostCounted = 10_000

/** "2 of 14": where the selection is among what is found, which is counted up to a bound. */
function countText(state: EditorState): string {
  const query = getSearchQuery(state)
  if (query.search === '') return ''
  if (!query.valid) return 'Not a valid pattern'
  const { from, to } = state.selection.main
  const found = query.getCursor(state)
  let count = 0
  let at = 0
  for (let next = found.next(); !next.done && count < mostCounted; next = found.next()) {
    count++
    if (next.value.from === from && next.value.to === to) at = count
  }
  const all = `${formatNumber(count)}${count === mostCounted ? ' or more' : ''}`
  if (count === 0) return 'Nothing found'
  return at === 0 ? all : `${formatNumber(at)} of ${all}`
}

/** The count, in the editor's own panel, which has everything else. */
class Count {
  readonly #text = document.createElement('span')

  constructor(view: EditorView) {
    this.#text.setAttribute('role', 'status')
    this.#text.className = 'cm-count'
    this.#show(view)
  }

  update({ view, docChanged, selectionSet, transactions }: ViewUpdate) {
    if (docChanged || selectionSet || transactions.length > 0) this.#show(view)
  }

  #show(view: EditorView) {
    if (!searchPanelOpen(view.state)) return
    const text = countText(view.state)
    // Within an update the panel is not yet in the document.
    queueMicrotask(() => {
      const panel = view.dom.querySelector('.cm-search')
      if (panel && this.#text.parentElement !== panel) panel.append(this.#text)
      if (this.#text.textContent !== text) this.#text.textContent = text
    })
  }
}

export const findCount = ViewPlugin.fromClass(Count)
