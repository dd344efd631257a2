import type { ToolItem } from '~/features/agent/items'
import { isObject, listAt, textAt } from '~/lib/json'
import type { Before } from '~/lib/tool-input'

/** The content of a file from a read's output: number, tab or arrow, line. Nothing if the output has another form. */
function contentOf(output: string): string | undefined {
  const lines = output.split('\n')
  const read = lines.map((line, place) => {
    const match = /^ *(\d+)(?:\t|→)(.*)$/.exec(line)
    return match && Number(match[1]) === place + 1 ? match[2] : undefined
  })
  return read.every((line) => line !== undefined) ? read.join('\n') : undefined
}

function edited(content: string | undefined, edit: unknown): string | undefined {
  const [before, after] = [textAt(edit, 'old_string'), textAt(edit, 'new_string')]
  if (content === undefined || !before || after === undefined || !content.includes(before)) return undefined
  const isAll = isObject(edit) && edit['replace_all'] === true
  return isAll ? content.replaceAll(before, () => after) : content.replace(before, () => after)
}

/**
 * The files that an agent read and wrote, according to its transcript. Changes made by a shell are not seen here, but a
 * CLI that only overwrites what it has read in its present form leaves no room for them.
 */
export class Files {
  #known = new Map<string, Before>()

  /** Of the file that these arguments would write; nothing if it is not known to exist. */
  before(input: unknown): Before | undefined {
    return this.#known.get(textAt(input, 'file_path') ?? '')
  }

  /** A tool that succeeded. */
  note({ call, output, isCut }: ToolItem) {
    const path = textAt(call.input, 'file_path')
    if (path === undefined) return
    if (call.kind === 'read') this.#known.set(path, { content: this.#read(call.input, output, isCut) })
    if (call.kind === 'edit') this.#known.set(path, { content: call.truncated ? undefined : this.#written(path, call.input) })
  }

  #read(input: unknown, output: string | undefined, isCut: boolean): string | undefined {
    const isPart = isObject(input) && (input['offset'] !== undefined || input['limit'] !== undefined)
    return isCut || isPart || output === undefined ? undefined : contentOf(output)
  }

  #written(path: string, input: unknown): string | undefined {
    const content = textAt(input, 'content')
    if (content !== undefined) return content
    const edits = textAt(input, 'old_string') === undefined ? listAt(input, 'edits') : [input]
    return edits.length === 0 ? undefined : edits.reduce<string | undefined>(edited, this.#known.get(path)?.content)
  }

  clear() {
    this.#known.clear()
  }
}
