import { visible, visibleName } from '~/lib/visible'
import type { InputView } from '~/lib/tool-input'
import { Lines } from '~/ui/Lines'
import { useShortPath } from '~/ui/Root'

type ToolInputProps = {
  view: InputView
  /** The file's name is already shown above. */
  isTitled?: boolean
  maxHeight?: string
  onEnd?: () => void
}

/** The exact arguments of a tool call. */
export function ToolInput({ view, isTitled = false, maxHeight = 'max-h-96', onEnd }: ToolInputProps) {
  const { label, path, why, note, lines, copy } = view
  return (
    <div className="flex flex-col gap-1">
      {why && <p className="text-sm [overflow-wrap:anywhere] text-fg1">{visible(why)}</p>}
      {path && !isTitled && <FilePath path={path} />}
      {note && <p className="text-sm text-fg2">{note}</p>}
      {lines.length > 0 && <Lines lines={lines} label={label} copy={copy} maxHeight={maxHeight} onEnd={onEnd} />}
    </div>
  )
}

/** Short to read; the exact one is in the tooltip. */
function FilePath({ path }: { path: string }) {
  return (
    <p title={visibleName(path)} className="font-mono text-sm [overflow-wrap:anywhere] text-fg1">
      {useShortPath(path)}
    </p>
  )
}
