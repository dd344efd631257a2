import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState, type FormEvent } from 'react'
import { failedLink, onSignedInElsewhere, pastedCode, signInWith } from '~/api/auth'
import { signInQuery } from '~/api/queries'
import { pasteFault, reasonOf } from '~/features/sign-in/reason'
import { useStore } from '~/lib/store'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Command } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Toasts } from '~/ui/toasts'

/** Everything that was read belongs to another token: the page starts over at its own address. */
const startOver = () => window.location.reload()

/** Stands in place of the page until this browser is signed in: why, the command, and a field for what it prints. */
export function SignInPage({ wasRefused }: { wasRefused: boolean }) {
  const { title, text } = reasonOf(wasRefused, useStore(failedLink))
  useEffect(() => {
    document.title = 'Sign in · Muster'
    return onSignedInElsewhere(startOver)
  }, [])
  return (
    <main id="content" tabIndex={-1} className="flex min-h-dvh justify-center px-6 py-16 outline-none max-sm:py-8">
      <div className="flex w-full max-w-[480px] flex-col gap-6">
        <p className="flex items-center gap-2 font-semibold">
          <Mark />
          Muster
        </p>
        <div>
          <h1 className="text-xl font-semibold tracking-[-0.016em]">{title}</h1>
          <p className="mt-1 text-md text-fg1">{text}</p>
        </div>
        <div>
          <p className="mb-2 text-fg1">Run this on the machine where Muster runs. It opens this page with a new link, good for 60 seconds and for one use.</p>
          <OpenCommand />
        </div>
        <Paste />
      </div>
      <Toasts />
    </main>
  )
}

function Mark() {
  return (
    <span aria-hidden="true" className="grid size-5 place-items-center rounded-sm bg-solid text-on-solid">
      <svg viewBox="0 0 16 16" className="size-3.5">
        <path d="M3 12.5v-9l5 5 5-5v9" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  )
}

function OpenCommand() {
  const signIn = useQuery(signInQuery())
  if (signIn.error) return <ErrorNote title="The command could not be read" error={signIn.error} onRetry={() => void signIn.refetch()} />
  return signIn.data ? <Command text={visibleName(signIn.data.openCommand)} /> : null
}

/** For another browser, or where the command cannot open one. */
function Paste() {
  const [text, setText] = useState('')
  const signIn = useMutation({ mutationFn: signInWith, onSuccess: startOver, meta: { hasPlace: () => true } })
  const isLink = pastedCode(text) !== undefined
  function submit(event: FormEvent) {
    event.preventDefault()
    if (text.trim() !== '' && !signIn.isPending) signIn.mutate(text)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 border-t border-line pt-5">
      <TextField
        label="Start link or token"
        hint="In another browser: paste the link that the same command prints with --print at its end, or the token."
        type="password"
        autoComplete="off"
        value={text}
        onText={(next) => {
          setText(next)
          signIn.reset()
        }}
        error={signIn.error ? pasteFault(signIn.error, isLink) : undefined}
      />
      <div>
        <Button type="submit" look="solid" isOff={signIn.isPending || text.trim() === ''}>
          {signIn.isPending ? 'Signing in' : 'Sign in'}
        </Button>
      </div>
    </form>
  )
}
