import { formatBytes, plural } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'

const shownLines = 12
const shownColumns = 200

/** A shell runs each line of what is pasted, so they are shown first. */
export function PasteDialog({ text, onPaste, onClose }: { text: string; onPaste: () => void; onClose: () => void }) {
  const lines = text.split(/\r\n|\r|\n/)
  const last = lines.at(-1) === '' ? lines.length - 1 : lines.length
  const rest = last - shownLines
  return (
    <Dialog
      title={last === 1 ? 'Paste a line that ends with Enter?' : `Paste ${plural(last, 'line')}?`}
      submit="Paste"
      onClose={onClose}
      onSubmit={() => {
        onClose()
        onPaste()
      }}
    >
      <p className="text-fg1">A shell may run each line when it arrives. {formatBytes(new Blob([text]).size)} in all.</p>
      <pre className="max-h-72 overflow-auto rounded-md bg-bg0 p-2 font-mono text-sm leading-5 break-all whitespace-pre-wrap">
        {lines.slice(0, shownLines).map((line) => `${visible(line.slice(0, shownColumns))}${line.length > shownColumns ? ' …' : ''}\n`)}
        {rest > 0 && <span className="text-fg2">{plural(rest, 'more line')}</span>}
      </pre>
    </Dialog>
  )
}
