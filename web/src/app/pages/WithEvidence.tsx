import type { ReactNode } from 'react'
import { StatusWord } from '~/features/agent-facts/StatusWord'
import { StatusOpener, type StatusPartProps } from '~/ui/status-part'

const open = (props: StatusPartProps) => <StatusWord {...props} />

/** A page on which the status of an agent opens its evidence. Home does without: the code would be part of the first load. */
export function WithEvidence({ children }: { children: ReactNode }) {
  return <StatusOpener value={open}>{children}</StatusOpener>
}
