import { useRef, useState } from 'react'
import type { Agent, Message } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import type { ComposerState } from '~/features/composer/use-composer-state'
import { lazyPart } from '~/ui/lazy-part'
import { RowAct } from '~/ui/RowAct'
import { queuedDraft, useQueue } from '~/features/composer/use-queue'
import { waitText } from '~/features/composer/words'
import { useKeys } from '~/lib/keys'
import { useRowDrag } from '~/lib/row-drag'
import { visible } from '~/lib/visible'
import { Icon } from '~/ui/Icon'
import { LazyPart } from '~/ui/LazyPart'
import { Menu, type MenuItem } from '~/ui/Menu'

const QueueEdit = lazyPart(async () => (await import('~/features/composer/QueueEdit')).QueueEdit)

const shownMost = 4

type QueueProps = {
  agent: Agent
  state: ComposerState
  /** An ask needs the room: the first one only, as on a phone. */
  isShort: boolean
  onReturn: () => void
}

/** The prompts that wait, in their order, and why; each can be changed, moved, sent now or dropped. */
export function Queue({ agent, state, isShort, onReturn }: QueueProps) {
  const { queued, unanswered } = state
  const queue = useQueue(agent, queued)
  const [isAll, setAll] = useState(false)
  const [editing, setEditing] = useState<{ id: string }>()
  if (queued.length === 0 && !editing) return null
  const most = isShort ? 1 : shownMost
  const shown = queued.map((message, place) => ({ message, place })).filter(({ message, place }) => isAll || place < most || message.id === editing?.id)
  function leave() {
    setEditing(undefined)
    onReturn()
  }
  const isGone = editing !== undefined && !queued.some(({ id }) => id === editing.id)
  return (
    <>
      <ul aria-label="Queued messages" className="max-h-[30dvh] shrink-0 overflow-y-auto">
        {isGone && (
          <LazyPart onFail={leave}>
            <QueueEdit key={editing.id} agent={agent} messageId={editing.id} before={undefined} onLeave={leave} />
          </LazyPart>
        )}
        {shown.map(({ message, place }) =>
          message.id === editing?.id ? (
            <LazyPart key={message.id} onFail={leave}>
              <QueueEdit agent={agent} messageId={message.id} before={message.content} onLeave={leave} />
            </LazyPart>
          ) : (
            <QueueRow
              key={message.id}
              message={message}
              place={place}
              isFolded={!isAll && place > 0}
              count={queued.length}
              wait={waitText(message.waitsFor, agent, place === 0, unanswered.length > 0)}
              isBusy={queue.isBusy}
              onEdit={() => setEditing({ id: message.id })}
              onNow={() => queue.sendNow(message.id)}
              onDrop={() => void queue.drop(message).then(onReturn, () => undefined)}
              onMove={(to) => queue.move(place, to)}
              onDragged={(id) => queue.drag(id, place)}
            />
          ),
        )}
        {!isAll && <More count={queued.length} most={most} onAll={() => setAll(true)} />}
      </ul>
    </>
  )
}

/** A phone shows the first one only, until it is asked for the rest. */
function More({ count, most, onAll }: { count: number; most: number; onAll: () => void }) {
  if (count < 2) return null
  return (
    <li className={`border-t border-line2 px-3 ${count > most ? '' : 'sm:hidden'}`}>
      <button type="button" onClick={onAll} className="touch h-8 text-sm text-fg1 hover:text-fg0">
        <span className="sm:hidden">{count - 1} more</span>
        <span className="max-sm:hidden">{count - most} more</span>
      </button>
    </li>
  )
}

type RowProps = {
  isFolded: boolean
  message: Message
  place: number
  count: number
  wait: string
  isBusy: boolean
  onEdit: () => void
  onNow: () => void
  onDrop: () => void
  onMove: (to: number) => void
  /** Another prompt was dropped on this one. */
  onDragged: (id: string) => void
}

function itemsOf({ place, count, onEdit, onNow, onDrop, onMove }: RowProps): MenuItem[] {
  return [
    { label: 'Edit', run: onEdit },
    { label: 'Send now', run: onNow },
    { label: 'Move up', keys: 'Alt+ArrowUp', isOff: place === 0 ? 'It is the first' : undefined, run: () => onMove(place - 1) },
    { label: 'Move down', keys: 'Alt+ArrowDown', isOff: place === count - 1 ? 'It is the last' : undefined, run: () => onMove(place + 1) },
    'line',
    { label: 'Drop', isDanger: true, run: onDrop },
  ]
}

function QueueRow(props: RowProps) {
  const { message, place, count, wait, isBusy, isFolded, onEdit, onNow, onDrop, onMove, onDragged } = props
  const { isOver, handlers } = useRowDrag('text/x-muster-queued', message.id, onDragged)
  const row = useRef<HTMLLIElement>(null)
  const edit = useDraft(queuedDraft(message.id)).text
  const isEdited = edit !== '' && edit.trim() !== message.content
  useKeys(
    'item',
    [
      { keys: 'Alt+ArrowUp', label: 'move up', run: () => onMove(place - 1) },
      { keys: 'Alt+ArrowDown', label: 'move down', run: () => onMove(place + 1) },
    ],
    { within: row },
  )
  const files = message.attachments?.length ?? 0
  return (
    <li
      {...handlers}
      ref={row}
      className={`flex min-h-8 items-center gap-2 border-t border-line2 px-3 text-sm text-fg2 max-sm:flex-wrap max-sm:gap-y-0 max-sm:pb-1.5 ${isOver ? 'bg-bg3' : ''} ${isFolded ? 'max-sm:hidden' : ''}`}
    >
      <span className="w-7 shrink-0">{place === 0 ? 'Next' : place + 1}</span>
      <span className="flex h-5 max-w-[330px] min-w-0 items-center gap-1.5 rounded-sm bg-bg4 px-1.5 text-fg0 max-sm:flex-1">
        {files > 0 && <Icon name="clip" className="size-3! text-fg2" />}
        <span className="truncate" title={visible(message.content)}>
          {visible(message.content)}
        </span>
      </span>
      <span className="min-w-0 flex-1 truncate max-sm:order-last max-sm:basis-full max-sm:pl-9">
        {isEdited && <span className="text-wait">unsaved edit: the text shown here will be sent · </span>}
        {wait}
      </span>
      <span className="flex shrink-0 gap-1 max-sm:hidden">
        <RowAct label={isEdited ? 'Go on editing' : 'Edit'} isOff={isBusy} run={onEdit} />
        <RowAct label="Send now" isOff={isBusy} run={onNow} />
        <RowAct label="Drop" isOff={isBusy} run={onDrop} />
      </span>
      <span className={count > 1 ? '' : 'sm:hidden'}>
        <Menu label={`Queued prompt ${place + 1}`} icon="more" isSmall items={itemsOf(props)} />
      </span>
    </li>
  )
}
