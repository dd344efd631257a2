import { use } from 'react'
import { StatusOpener, type StatusPartProps } from '~/ui/status-part'

const inRowLook = 'touch relative z-10 min-h-6 hover:underline hover:underline-offset-3'

/** An agent's status, in a row's own words; it opens what the status is based on. */
export function StatusPart({ className, ...props }: StatusPartProps) {
  return use(StatusOpener)({ ...props, ...(className !== undefined && { className: `${inRowLook} ${className}` }) })
}
