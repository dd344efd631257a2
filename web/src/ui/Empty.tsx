import type { ReactNode } from 'react'
import { useCommand } from '~/api/use-command'
import { CopyButton } from '~/ui/CopyButton'

type EmptyProps = {
  title: string
  /** What belongs here, or why there is nothing. */
  text: ReactNode
  action?: ReactNode
  /** The same by a command of Muster: the words after its name, which is completed so that it works in this data folder. */
  command?: string
}

/** Nothing is here yet: one sentence, one act, the command. */
export function Empty({ title, text, action, command }: EmptyProps) {
  const whole = useCommand(command ?? '')
  const shown = command === undefined ? undefined : whole
  return (
    <div className="flex max-w-[720px] flex-col py-3.5">
      <h3 className="font-semibold">{title}</h3>
      <p className="text-fg1">{text}</p>
      {(action !== undefined || shown !== undefined) && (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          {action}
          {shown !== undefined && <Command text={shown} />}
        </div>
      )}
    </div>
  )
}

/** A command to paste into a shell. */
export function Command({ text }: { text: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1 rounded-sm bg-bg3 py-0.5 pr-0.5 pl-2">
      <code className="min-w-0 font-mono text-sm break-words text-fg1">{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </span>
  )
}
