import { CopyButton } from '~/ui/CodeBlock'
import { Icon } from '~/ui/Icon'

const command = 'muster open'

/** The page has no token, or the daemon refused it. Only a start URL brings one. */
export function NoToken({ wasRefused }: { wasRefused: boolean }) {
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="flex max-w-md flex-col gap-4 rounded-lg border border-line bg-bg2 p-6">
        <Icon name="terminal" className="size-6 text-accent" />
        <h1 className="text-xl font-semibold">{wasRefused ? 'The daemon refused this page' : 'Open this page from the terminal'}</h1>
        <p className="text-md text-fg1">
          {wasRefused
            ? 'Its token is not the daemon’s own; the daemon may run with another data folder now.'
            : 'Muster answers only pages that its user opened.'}{' '}
          Run this command on the machine where Muster runs. It opens the page with a fresh link, which is good for 60 seconds and
          for one use.
        </p>
        <div className="flex items-center justify-between gap-2 rounded-md border border-line bg-bg1 py-1.5 pr-1.5 pl-3">
          <code className="font-mono">{command}</code>
          <CopyButton text={command} label="Copy command" />
        </div>
      </div>
    </main>
  )
}
