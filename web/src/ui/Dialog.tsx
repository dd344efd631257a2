import { useId, type FormEvent, type ReactNode } from 'react'
import { visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { Modal } from '~/ui/Modal'

type DialogProps = {
  title: string
  onClose: () => void
  children: ReactNode
  /** Labels of the two buttons; without `submit` the dialog only shows something. */
  submit?: string
  isBusy?: boolean
  isDanger?: boolean
  onSubmit?: () => void
}

export function Dialog(props: DialogProps) {
  const titleId = useId()
  function submit(event: FormEvent) {
    event.preventDefault()
    if (!props.isBusy) props.onSubmit?.()
  }
  return (
    <Modal labelledBy={titleId} onClose={props.onClose} className="m-auto max-h-[min(88dvh,760px)] w-[calc(100vw-24px)] max-w-[520px]">
      <form onSubmit={submit} className="flex max-h-[min(88dvh,758px)] flex-col">
        <header className="flex items-center justify-between pt-3 pr-3 pl-5">
          <h2 id={titleId} className="text-lg font-semibold">
            {visibleName(props.title)}
          </h2>
          <IconButton icon="close" label="Close" onClick={props.onClose} />
        </header>
        <div {...(!props.submit && { tabIndex: 0 })} className="flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pt-2 pb-5 -outline-offset-2">{props.children}</div>
        {props.submit && (
          <footer className="flex justify-end gap-2 border-t border-line px-5 py-3">
            <Button look="quiet" onClick={props.onClose}>
              Cancel
            </Button>
            <Button type="submit" look={props.isDanger ? 'danger' : 'solid'} isOff={props.isBusy === true}>
              {props.submit}
            </Button>
          </footer>
        )}
      </form>
    </Modal>
  )
}
