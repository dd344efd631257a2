import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { findCount } from '~/features/files/find-count'
import { styleNonce } from '~/lib/trusted'
import { languageOf, loadLanguage } from '~/lib/languages'
import { syntaxLooks } from '~/lib/syntax'

export type Editor = {
  text(): string
  /** What is on disk now, in place of a text that nobody has changed: the place and the choice stay. */
  replace(text: string): void
  goTo(line: number): void
  setReadOnly(isReadOnly: boolean): void
  focus(): void
  destroy(): void
}

/** A whole turn of the cursor, where it blinks. */
const blinkMs = 1200

type EditorOptions = { parent: HTMLElement; path: string; text: string; isReadOnly: boolean; isBlinking: boolean; label: string; onText: (text: string) => void; onSave: () => void }

/** Colours and type from the page's tokens; the caret does not blink. */
const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--bg0)', color: 'var(--syn-variable)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--fg0)', padding: '4px 0' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-gutters': { backgroundColor: 'var(--bg0)', color: 'var(--fg2)', border: 'none', fontSize: '11px' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '44px', padding: '0 8px 0 0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in oklab, var(--bg3) 55%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg0)', borderLeftWidth: '1.5px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--sel)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch-selected': { outline: '1px solid var(--accent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--bg4)' },
  '.cm-panels': { backgroundColor: 'var(--bg2)', color: 'var(--fg0)', borderColor: 'var(--line)' },
  '.cm-textfield': { backgroundColor: 'var(--bg0)', border: '1px solid var(--ctl)', borderRadius: '6px', color: 'var(--fg0)' },
  '.cm-count': { color: 'var(--fg2)', padding: '0 8px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--bg4)', border: 'none', borderRadius: '6px', color: 'var(--fg0)' },
})


/** A text of very long lines, or of many, is shown without colours: parsing it would hold up typing. */
const mostColoured = 400_000

export function openEditor({ parent, path, text, isReadOnly, isBlinking, label, onText, onSave }: EditorOptions): Editor {
  const language = new Compartment()
  const writing = new Compartment()
  let isReplacing = false
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(styleNonce()),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection({ cursorBlinkRate: isBlinking ? blinkMs : 0 }),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        findCount,
        syntaxHighlighting(syntaxLooks),
        look,
        writing.of(EditorState.readOnly.of(isReadOnly)),
        language.of([]),
        keymap.of([{ key: 'Mod-s', preventDefault: true, run: () => (onSave(), true) }, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !isReplacing) onText(update.state.doc.toString())
        }),
      ],
    }),
  })
  const name = text.length > mostColoured ? undefined : languageOf(path)
  if (name)
    void loadLanguage(name)
      .then(({ support }) => view.dispatch({ effects: language.reconfigure(support) }))
      .catch(() => undefined)
  return {
    text: () => view.state.doc.toString(),
    replace(next) {
      if (view.state.doc.toString() === next) return
      isReplacing = true
      view.dispatch({ changes: changeBetween(view.state.doc.toString(), next) })
      isReplacing = false
    },
    goTo(line) {
      const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)))
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
    },
    setReadOnly: (isNow) => view.dispatch({ effects: writing.reconfigure(EditorState.readOnly.of(isNow)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  }
}

/** Only what differs is replaced, so that the place above and below it stays. */
function changeBetween(before: string, after: string) {
  let from = 0
  while (from < before.length && from < after.length && before[from] === after[from]) from++
  let tail = 0
  while (tail < before.length - from && tail < after.length - from && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) }
}
