import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useSetting } from '~/api/settings'
import type { Editor } from '~/features/files/editor'
import { isFocusFree, isTouch } from '~/lib/focus'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

type CodeEditorProps = {
  path: string
  /** What is on disk, or what was typed: also on another device, while this one shows it. */
  text: string
  isReadOnly: boolean
  line: number | undefined
  onText: (text: string) => void
  onSave: () => void
}

/** CodeMirror, whose code comes when a file is opened. To be mounted again for another file. */
export function CodeEditor({ path, text, isReadOnly, line, onText, onSave }: CodeEditorProps) {
  const parent = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor>()
  const [error, setError] = useState<Error>()
  const isBlinking = useSetting('cursor_blink') === 'true'
  /** What the editor said last: it may have gone on from that when it comes back as `text`. */
  const typed = useRef<string>(undefined)
  const heardText = useEffectEvent((next: string) => {
    typed.current = next
    onText(next)
  })
  const heardSave = useEffectEvent(onSave)
  const start = useEffectEvent((open: typeof import('~/features/files/editor').openEditor, node: HTMLElement) =>
    open({ parent: node, path, text, isReadOnly, isBlinking, label: `Content of ${visibleName(path)}`, onText: (next) => heardText(next), onSave: () => heardSave() }),
  )
  useEffect(() => {
    let opened: Editor | undefined
    let isOver = false
    async function load() {
      try {
        const { openEditor } = await import('~/features/files/editor')
        if (isOver || !parent.current) return
        opened = start(openEditor, parent.current)
        setEditor(opened)
        const isHere = parent.current.closest('article')?.contains(document.activeElement)
        if (!isTouch() && (isHere || isFocusFree())) opened.focus()
      } catch (failure) {
        if (!isOver) setError(failure instanceof Error ? failure : new Error(String(failure)))
      }
    }
    void load()
    return () => {
      isOver = true
      opened?.destroy()
    }
  }, [])
  useEffect(() => {
    if (text !== typed.current) editor?.replace(text)
    typed.current = undefined
  }, [editor, text])
  useEffect(() => editor?.setReadOnly(isReadOnly), [editor, isReadOnly])
  useEffect(() => {
    if (editor && line !== undefined) editor.goTo(line)
  }, [editor, line])
  if (error) return <ErrorNote title="The editor could not be loaded" error={error} />
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={parent} className="absolute inset-0" />
      {!editor && (
        <div className="px-4">
          <Skeleton label="Opening the editor" rows={6} />
        </div>
      )}
    </div>
  )
}
