import { useEffect, useState, type KeyboardEvent } from 'react'
import type { Emulator } from '~/features/terminal/emulator'
import { Button, IconButton } from '~/ui/Button'

type Count = { at: number; of: number }

/** "2 of 14", counted by the emulator up to its own bound. What was marked is unmarked in the end. */
function useCount(emulator: Emulator): Count {
  const [count, setCount] = useState<Count>({ at: -1, of: 0 })
  useEffect(() => {
    const search = emulator.loadSearch()
    const listening = search.then((addon) => addon.onDidChangeResults(({ resultIndex, resultCount }) => setCount({ at: resultIndex, of: resultCount })))
    return () => {
      void listening.then((one) => one.dispose())
      void search.then((addon) => addon.clearDecorations())
    }
  }, [emulator])
  return count
}

/** The colours of what was found, from the tokens: the emulator takes no variables, only #rrggbb. */
function marks() {
  const style = getComputedStyle(document.documentElement)
  const isDark = style.colorScheme === 'dark' || (style.colorScheme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches)
  const pick = (token: string) => style.getPropertyValue(token).match(/#[0-9a-f]{6}/gi)?.[isDark ? 1 : 0] ?? '#888888'
  return { matchBackground: pick('--mark'), matchOverviewRuler: pick('--g-wait'), activeMatchBackground: pick('--sel'), activeMatchBorder: pick('--accent'), activeMatchColorOverviewRuler: pick('--accent') }
}

function countText({ at, of }: Count): string {
  if (of === 0) return 'not found'
  return at < 0 ? `${of} or more` : `${at + 1} of ${of}`
}

/** Looks for text in what the terminal shows and keeps. Escape returns to the terminal. */
export function FindBar({ emulator, onClose }: { emulator: Emulator; onClose: () => void }) {
  const count = useCount(emulator)
  const [text, setText] = useState('')
  const [isRegex, setRegex] = useState(false)
  async function find(what: string, step: 'next' | 'before', regex: boolean, isTyping = false) {
    const options = { regex, incremental: isTyping, decorations: marks() }
    const search = await emulator.loadSearch()
    try {
      if (what === '') search.clearDecorations()
      else if (step === 'next') search.findNext(what, options)
      else search.findPrevious(what, options)
    } catch {
      // A pattern that is not finished yet.
      search.clearDecorations()
    }
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing || !['Enter', 'Escape'].includes(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    if (event.key === 'Escape') onClose()
    else void find(text, event.shiftKey ? 'next' : 'before', isRegex)
  }
  return (
    <search data-raised className="absolute top-2 right-4 left-4 z-10 ml-auto flex h-9 max-w-120 items-center gap-1 rounded-lg bg-bg2 px-2 pop">
      <input
        autoFocus
        aria-label="Find in the terminal"
        placeholder="Find"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onKeyDown={onKeyDown}
        onChange={({ target }) => {
          setText(target.value)
          void find(target.value, 'before', isRegex, true)
        }}
        className="h-6 min-w-0 flex-1 rounded-md border border-ctl bg-bg0 px-2 font-mono text-sm placeholder:text-fg2"
      />
      <span role="status" className="min-w-16 text-right text-sm whitespace-nowrap text-fg2">
        {text === '' ? '' : countText(count)}
      </span>
      <Button
        isSmall
        look="quiet"
        aria-pressed={isRegex}
        onClick={() => {
          setRegex(!isRegex)
          void find(text, 'before', !isRegex, true)
        }}
      >
        <span className={isRegex ? 'text-accent' : ''}>Regex</span>
      </Button>
      <IconButton isSmall icon="up" label="Find before" onClick={() => void find(text, 'before', isRegex)} />
      <IconButton isSmall icon="down" label="Find after" onClick={() => void find(text, 'next', isRegex)} />
      <IconButton isSmall icon="close" label="Close the search" onClick={onClose} />
    </search>
  )
}
