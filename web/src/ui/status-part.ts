import { createContext, type ReactNode } from 'react'
import type { StatusFields } from '~/lib/status'

export type StatusPartProps = {
  agent: StatusFields & { id: string; name: string }
  /** What is seen of the status; without it, the word, why and since when. */
  children?: ReactNode
  className?: string
}

/** Draws a status that opens what it is based on. The page around it knows how that is shown. */
export const StatusOpener = createContext<(props: StatusPartProps) => ReactNode>(({ children }) => children)
