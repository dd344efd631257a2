import type { ToolItem } from '~/features/transcript/items'
import { readInput } from '~/lib/tool-input'
import { visibleName } from '~/lib/visible'
import { Output } from '~/ui/Output'
import { ToolInput } from '~/ui/ToolInput'

const titles: Partial<Record<ToolItem['state'], string>> = { failed: 'Error', denied: 'Denied' }

/** All that is known of a call: its exact arguments, and what came back. */
export function ToolBody({ item }: { item: ToolItem }) {
  const { name, input, output, state, toolKind, isInputCut, isOutputCut } = item
  const isPlainSuccess = toolKind === 'edit' && state === 'done'
  return (
    <div className="flex flex-col gap-2 pt-1 pb-2">
      <ToolInput view={readInput(input, name)} isTitled={item.title !== ''} />
      {output && !isPlainSuccess && (
        <div className="flex flex-col gap-1">
          <p className="text-xs text-fg2">{titles[state] ?? 'Output'}</p>
          <Output text={output} label={`Output of ${visibleName(name)}`} />
        </div>
      )}
      {(isInputCut || isOutputCut) && <p className="text-sm text-fg2">Only part of it is shown; the log holds all of it.</p>}
      {state === 'running' && !output && <p className="text-sm text-fg2">No output yet.</p>}
    </div>
  )
}
