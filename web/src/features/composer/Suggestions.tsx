import type { ReactNode } from 'react'
import { matchFuzzy } from '~/features/composer/fuzzy'
import { optionId, type useSuggestions, type Suggestion } from '~/features/composer/use-suggestions'
import { visible, visibleName } from '~/lib/visible'

type SuggestionsProps = { id: string; list: ReturnType<typeof useSuggestions>; onTake: (place: number) => void }

/** The list above the words; the focus stays in the text. */
export function Suggestions({ id, list, onTake }: SuggestionsProps) {
  const { items, at, trigger, note } = list
  const title = trigger?.kind === 'command' ? 'Commands' : 'Files'
  return (
    <div className="absolute inset-x-2 bottom-full z-20 mb-1 max-w-[560px] overflow-hidden rounded-lg bg-bg2 py-1.5 pop">
      <div id={id} role="listbox" aria-label={title}>
        {items.map((item, place) => (
          <button
            key={item.id}
            id={optionId(id, place)}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={place === at}
            // The focus must not leave the text.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onTake(place)}
            className={`touch mx-1.5 flex h-7 w-[calc(100%-12px)] items-center gap-2 rounded-md px-2 ${place === at ? 'bg-bg4' : 'hover:bg-bg3'}`}
          >
            <Option item={item} query={trigger?.query ?? ''} />
          </button>
        ))}
      </div>
      <p role="status" className={note === undefined ? 'sr-only' : 'px-3.5 py-1 text-sm text-fg2'}>
        {note ?? `${items.length} ${title.toLowerCase()}`}
      </p>
    </div>
  )
}

function Option({ item: { command, path }, query }: { item: Suggestion; query: string }) {
  if (command)
    return (
      <>
        <span className="shrink-0 font-mono text-sm text-fg0">
          /<Marked text={command.name} query={query} />
        </span>
        {command.hint && <span className="shrink-0 text-sm text-fg2">{visibleName(command.hint)}</span>}
        <span className="truncate text-sm text-fg2">{visible(command.text ?? '')}</span>
      </>
    )
  return (
    // The end of a path says most.
    <span dir="rtl" className="truncate font-mono text-sm text-fg1">
      <bdi dir="ltr">
        <Marked text={path ?? ''} query={query} />
      </bdi>
    </span>
  )
}

/** The letters that were typed are darker. */
function Marked({ text, query }: { text: string; query: string }) {
  const places = new Set(matchFuzzy(query, text)?.places)
  const parts: ReactNode[] = []
  let from = 0
  for (let at = 1; at <= text.length; at++) {
    if (at < text.length && places.has(at) === places.has(from)) continue
    const part = visibleName(text.slice(from, at))
    parts.push(
      places.has(from) ? (
        <b key={from} className="font-semibold text-accent">
          {part}
        </b>
      ) : (
        part
      ),
    )
    from = at
  }
  return parts
}
