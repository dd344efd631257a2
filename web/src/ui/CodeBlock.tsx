import type { ReactNode } from 'react'
import { CopyButton } from '~/ui/CopyButton'

type BlockProps = { label: string; copy: string; maxHeight?: string; children: ReactNode }

/** Fixed-width text that can be scrolled with the keyboard and copied unchanged, whatever part of it is shown. */
export function CodeBlock({ label, copy, maxHeight = 'max-h-96', children }: BlockProps) {
  return (
    <div className="group relative min-w-0">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={`${maxHeight} overflow-auto rounded-md border border-line bg-bg1 px-3 py-2 font-mono text-sm whitespace-pre text-fg0`}
      >
        {children}
      </pre>
      <div className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
        <CopyButton text={copy} />
      </div>
    </div>
  )
}
