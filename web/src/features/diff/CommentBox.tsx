import { useRef } from 'react'
import { typedLook } from '~/lib/kerning'
import { useKeys } from '~/lib/keys'
import { sentence } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'

type CommentBoxProps = {
  label: string
  text: string
  setText: (text: string) => void
  submit: string
  isBusy: boolean
  error: Error | null
  onSubmit: () => void
  onCancel: () => void
}

/** Where a comment is written, in the place where it will stand. */
export function CommentBox({ label, text, setText, submit, isBusy, error, onSubmit, onCancel }: CommentBoxProps) {
  const part = useRef<HTMLDivElement>(null)
  const canSubmit = text.trim() !== '' && !isBusy
  useKeys(
    'item',
    [
      { keys: 'Ctrl+Enter', label: submit.toLowerCase(), inFields: true, run: () => canSubmit && onSubmit() },
      { keys: 'Escape', label: 'close', inFields: true, run: onCancel },
    ],
    { within: part },
  )
  return (
    <div ref={part} data-raised="" className="sticky left-0 w-[100cqw] border-y border-line2 bg-bg2 py-2 pr-3 pl-14 max-sm:pl-4">
      <p className="text-sm text-fg2">{label}</p>
      <textarea
        aria-label={label}
        autoFocus
        rows={3}
        maxLength={10_000}
        value={text}
        style={typedLook(text)}
        onChange={(event) => setText(event.target.value)}
        className="mt-1 block w-full max-w-[640px] resize-none rounded-md border border-ctl bg-bg0 px-2 py-1.5 text-fg0 focus-visible:outline-offset-0"
      />
      {error && <p className="mt-1 text-sm text-err">{visible(sentence(error.message))}</p>}
      <div className="mt-2 flex gap-1">
        <Button isSmall isOff={!canSubmit} keys="Ctrl+Enter" onClick={onSubmit}>
          {submit}
        </Button>
        <Button isSmall look="quiet" keys="Escape" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
