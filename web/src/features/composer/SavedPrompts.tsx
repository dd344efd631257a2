import { useState } from 'react'
import { useSwappedEnter } from '~/api/enter'
import { useUiState } from '~/api/ui-state'
import { listAt, textAt } from '~/lib/json'
import { visibleName } from '~/lib/visible'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { Menu, type MenuItem } from '~/ui/Menu'
import { toast } from '~/ui/toasts'

const SavedDialog = lazyPart(async () => (await import('~/features/composer/SavedDialog')).SavedDialog)

const most = 40
/** All of them share one value of at most 64 KiB. */
const mostBytes = 60 * 1024

function parseTexts(value: unknown): readonly string[] {
  return listAt(value, 'prompts').flatMap((prompt) => textAt(prompt, 'text') ?? []).slice(0, most)
}

function usePrompts() {
  const [texts, store] = useUiState<unknown>('prompts', identity)
  const set = (prompts: readonly string[]) => store(prompts.length > 0 ? { prompts: prompts.map((text) => ({ text })) } : undefined)
  return { texts: parseTexts(texts), set }
}

const identity = (value: unknown) => value
const nameOf = (text: string) => visibleName(text.trim().split('\n', 1)[0]?.slice(0, 80) ?? '')

type SavedPromptsProps = { text: string; onInsert: (text: string) => void }

/** Prompts that are used again and again, and what Enter does. */
export function SavedPrompts({ text, onInsert }: SavedPromptsProps) {
  const { texts, set } = usePrompts()
  const [isSwapped, swap] = useSwappedEnter()
  const [isListed, setListed] = useState(false)
  const trimmed = text.trim()
  function save() {
    const all = [trimmed, ...texts.filter((one) => one !== trimmed)].slice(0, most)
    if (new TextEncoder().encode(JSON.stringify(all)).length > mostBytes) return toast('There is no room for it: remove a saved prompt first')
    set(all)
    return toast('The prompt is saved for all agents')
  }
  const items: MenuItem[] = [
    { heading: 'Saved prompts' },
    ...texts.map((one) => ({ label: nameOf(one), run: () => onInsert(one) })),
    { label: 'Save this prompt', isOff: trimmed === '' ? 'Nothing is written' : undefined, run: save },
    ...(texts.length > 0 ? [{ label: 'Remove saved prompts…', run: () => setListed(true) }] : []),
    'line',
    { label: isSwapped ? 'Let Enter send' : 'Let Enter break the line', hint: isSwapped ? 'Shift Enter sends now' : 'Shift Enter sends then', run: () => swap(!isSwapped) },
  ]
  return (
    <>
      <Menu label="Saved prompts and keys" icon="more" isSmall items={items} />
      {isListed && (
        <LazyPart onFail={() => setListed(false)}>
          <SavedDialog texts={texts} nameOf={nameOf} onTexts={set} onClose={() => setListed(false)} />
        </LazyPart>
      )}
    </>
  )
}
