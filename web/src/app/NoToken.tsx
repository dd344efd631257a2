import { useQuery } from '@tanstack/react-query'
import { failedLink, isSpent } from '~/api/auth'
import { signInQuery } from '~/api/queries'
import type { CallError } from '~/api/wire'
import { sentence } from '~/lib/format'
import { useStore } from '~/lib/store'
import { CopyButton } from '~/ui/CodeBlock'
import { Icon } from '~/ui/Icon'
import { ErrorNote } from '~/ui/Notes'
import { Toasts } from '~/ui/toasts'

function reasonOf(wasRefused: boolean, link: CallError | undefined): { title: string; text: string } {
  if (link && isSpent(link)) return { title: 'This start link no longer works', text: 'It has already been used, or it is older than 60 seconds.' }
  if (link) return { title: 'The start link did not work', text: sentence(link.message) }
  if (wasRefused)
    return { title: 'The daemon refused this page', text: 'Its token is not this daemon’s; the daemon may now be using another data folder.' }
  return { title: 'Open this page from the terminal', text: 'Muster only answers pages that its user opened.' }
}

/** The page has no token, or the daemon refused it. Only a start URL provides one, whether it is opened or pasted into this page. */
export function NoToken({ wasRefused }: { wasRefused: boolean }) {
  const { title, text } = reasonOf(wasRefused, useStore(failedLink))
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="flex w-full max-w-md flex-col gap-4 rounded-lg border border-line bg-bg2 p-6">
        <Icon name="terminal" className="size-6 text-accent" />
        <h1 className="text-xl font-semibold">{title}</h1>
        <p className="text-md text-fg1">
          {text} Run this command on the machine where Muster runs. It opens the page with a fresh link, which is good for 60
          seconds and for one use.
        </p>
        <OpenCommand />
      </div>
      <Toasts />
    </main>
  )
}

function OpenCommand() {
  const signIn = useQuery(signInQuery())
  if (signIn.error) return <ErrorNote title="The command could not be read" error={signIn.error} onRetry={() => void signIn.refetch()} />
  const command = signIn.data?.openCommand ?? ''
  return (
    <div className="flex min-h-9 items-center justify-between gap-2 rounded-md border border-line bg-bg1 py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 font-mono break-words">{command}</code>
      {command && <CopyButton text={command} label="Copy command" />}
    </div>
  )
}
