import { isObject, listAt, prettyJson, textAt } from '~/lib/json'
import { diffLines, splitLines, type LineChange } from '~/lib/line-diff'
import { visible } from '~/lib/visible'
import { CodeBlock } from '~/ui/CodeBlock'
import { DiffLines } from '~/ui/DiffLines'
import { useShortPath } from '~/ui/Root'

/** What an edit or a write does to its file, from its arguments; nothing for other tools. */
export function changesOf(input: unknown): LineChange[] | undefined {
  const before = textAt(input, 'old_string')
  const after = textAt(input, 'new_string')
  if (before !== undefined && after !== undefined) return diffLines(before, after)
  const edits = listAt(input, 'edits')
  if (edits.length > 0)
    return edits.flatMap((edit) => diffLines(textAt(edit, 'old_string') ?? '', textAt(edit, 'new_string') ?? ''))
  const content = textAt(input, 'content')
  if (content !== undefined && textAt(input, 'file_path') !== undefined)
    return splitLines(content).map((text) => ({ kind: 'add', text }))
  return undefined
}

type ToolInputProps = {
  input: unknown
  name: string
  /** The file's name stands above already. */
  isTitled?: boolean
}

/** The exact arguments of a tool call, in the form in which a person reads them best. */
export function ToolInput({ input, name, isTitled = false }: ToolInputProps) {
  const command = textAt(input, 'command')
  if (command !== undefined) return <Command command={command} why={textAt(input, 'description')} />
  const changes = changesOf(input)
  const path = textAt(input, 'file_path')
  if (changes)
    return (
      <div className="flex flex-col gap-1">
        {path && !isTitled && <FilePath path={path} />}
        <DiffLines lines={changes} label={`Changes to ${path === undefined ? 'the file' : visible(path)}`} />
      </div>
    )
  if (!isObject(input) || Object.keys(input).length === 0) return null
  return <CodeBlock text={prettyJson(input)} label={`Arguments of ${name}`} />
}

/** Short to read; the exact one is its tooltip. */
function FilePath({ path }: { path: string }) {
  return (
    <p title={visible(path)} className="font-mono text-sm [overflow-wrap:anywhere] text-fg1">
      {useShortPath(path)}
    </p>
  )
}

function Command({ command, why }: { command: string; why: string | undefined }) {
  return (
    <div className="flex flex-col gap-1">
      {why && <p className="text-sm text-fg1">{visible(why)}</p>}
      <CodeBlock text={command} label="Command" />
    </div>
  )
}
