import { useRef } from 'react'
import { isBusy } from '~/api/agents'
import type { Agent } from '~/api/generated'
import { Options } from '~/features/composer/Options'
import type { useInterrupt } from '~/features/composer/use-interrupt'
import { enterText } from '~/features/composer/words'
import { IconButton } from '~/ui/Button'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const SavedPrompts = lazyPart(async () => (await import('~/features/composer/SavedPrompts')).SavedPrompts)

type BottomProps = {
  agent: Agent
  text: string
  canSend: boolean
  isSending: boolean
  isUploading: boolean
  isAlive: boolean
  isSwapped: boolean
  /** Turns until now: what a change that applies from the next one waits for. */
  turns: number
  interrupt: ReturnType<typeof useInterrupt>
  onFiles: (files: readonly File[]) => void
  onInsert: (text: string) => void
}

/** Below the words: files, how the agent works, and what Enter does. On a phone, the two buttons beside the words. */
export function Bottom(props: BottomProps) {
  const { agent, text, canSend, interrupt, turns, onFiles, onInsert } = props
  const hasFiles = agent.adapter !== 'terminal'
  const label = isBusy(agent) && hasFiles ? 'Queue' : 'Send'
  return (
    <div className="mt-1.5 -ml-1.5 flex min-w-0 items-center gap-1 max-sm:contents">
      {hasFiles && (
        <span className="max-sm:order-first">
          <Attach onFiles={onFiles} />
        </span>
      )}
      <span className="flex min-w-0 flex-1 flex-wrap items-center gap-1 max-sm:order-last max-sm:hidden max-sm:basis-full max-sm:group-data-unfolded/dock:flex">
        <Options agent={agent} turns={turns} />
        {hasFiles && (
          <LazyPart fallback={<IconButton icon="more" isSmall label="Saved prompts and keys" disabled />}>
            <SavedPrompts text={text} onInsert={onInsert} />
          </LazyPart>
        )}
        <Hint {...props} />
      </span>
      {interrupt.isOn && <IconButton icon="stop" isSmall label="Interrupt the turn" aria-keyshortcuts="Escape Escape" disabled={interrupt.isPending} onClick={interrupt.run} />}
      <span className="ml-1 max-sm:ml-0">
        <IconButton type="submit" look="plain" icon="send" isSmall label={label} disabled={!canSend} />
      </span>
    </div>
  )
}

function Hint({ agent, interrupt, isSending, isUploading, isAlive, isSwapped }: BottomProps) {
  const key = isSwapped ? 'Shift Enter' : 'Enter'
  const usual = isUploading ? 'Sends after the upload' : `${key} ${enterText(agent)}`
  const text = interrupt.isArmed ? 'Esc again interrupts' : isSending ? 'Sending' : usual
  return (
    <span role="status" className={`ml-auto text-xs font-medium whitespace-nowrap text-fg2 ${isAlive ? 'pointer-coarse:sr-only' : ''}`}>
      {text}
    </span>
  )
}

function Attach({ onFiles }: Pick<BottomProps, 'onFiles'>) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton icon="clip" isSmall label="Attach files" onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        multiple
        aria-label="Files to attach"
        tabIndex={-1}
        className="hidden"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}
