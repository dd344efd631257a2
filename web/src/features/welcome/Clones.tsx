import { Link } from '@tanstack/react-router'
import { takeClone, useClones } from '~/api/clones'
import type { Clone, CloneStep } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { folderOf, hostOf } from '~/lib/remote-url'
import { visible, visibleName } from '~/lib/visible'
import { Button, IconButton, linkLook } from '~/ui/Button'
import { ProgressNote } from '~/ui/ProgressNote'
import { StatusGlyph } from '~/ui/Status'

const steps: Readonly<Record<CloneStep, (host: string) => string>> = {
  connect: (host) => `connects to ${host}`,
  count: (host) => `${host} counts objects`,
  compress: (host) => `${host} compresses objects`,
  receive: () => 'receives objects',
  resolve: () => 'resolves deltas',
  checkout: () => 'writes files',
  open: () => 'opens it',
}

const nameOf = ({ url, path }: Clone) => folderOf(url) || (path.split('/').at(-1) ?? path)

function stepOf({ url, step, done, total }: Clone): string {
  const words = steps[step](hostOf(url))
  return total > 0 ? `${words}, ${Math.floor((done / total) * 100)} %` : words
}

/** Repositories that are being cloned, and those that could not be: whoever began it, also before this page was opened. */
export function Clones() {
  return (
    <>
      {useClones().map((clone) => {
        if (clone.state === 'running') return <Running key={clone.id} clone={clone} />
        return clone.state === 'failed' ? <Failed key={clone.id} clone={clone} /> : <Done key={clone.id} clone={clone} />
      })}
    </>
  )
}

function Running({ clone }: { clone: Clone }) {
  const cancel = useAct('cancel_clone', undefined, 'toasted')
  const { id: cloneId, done, total, startedAt, tail } = clone
  return (
    <ProgressNote
      title={`Cloning ${nameOf(clone)}`}
      step={stepOf(clone)}
      done={done}
      total={total}
      since={startedAt}
      tail={tail}
      onCancel={() => cancel.mutate({ cloneId })}
      isCancelling={cancel.isPending || cancel.isSuccess}
    />
  )
}

function Failed({ clone }: { clone: Clone }) {
  const again = useAct('clone_repository', undefined, 'toasted')
  const dismiss = useAct('dismiss_clone', undefined, 'toasted')
  const { id: cloneId, url, path, error = '', tail } = clone
  const name = visibleName(nameOf(clone))
  return (
    <section aria-label={`Cloning ${name}`} className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-2">
      <StatusGlyph look="error" word="Failed" className="mt-[3px]" />
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2">
          <h3 className="font-medium">{name} was not cloned</h3>
          <span className="ml-auto flex gap-1">
            <Button isSmall isOff={again.isPending} onClick={() => again.mutate({ url, path })}>
              Clone again
            </Button>
            <IconButton isSmall icon="close" label="Dismiss" onClick={() => dismiss.mutate({ cloneId })} />
          </span>
        </div>
        <p className="text-sm break-words text-fg1">{visible(sentence(error))}</p>
        <p className="font-mono text-sm [overflow-wrap:anywhere] text-fg2">{visibleName(url)}</p>
        {tail !== '' && (
          <pre aria-label="What git said last" className="mt-1 overflow-hidden font-mono text-sm leading-[1.5] break-all whitespace-pre-wrap text-fg1">
            {visible(tail)}
          </pre>
        )}
      </div>
    </section>
  )
}

/** It began before this page was opened: nobody is taken away from what they do. */
function Done({ clone }: { clone: Clone }) {
  const name = visibleName(nameOf(clone))
  return (
    <section aria-label={`Cloning ${name}`} className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)_auto_auto] items-center py-2">
      <StatusGlyph look="finished" word="Done" />
      <h3 className="min-w-0 truncate font-medium">{name} is cloned and open</h3>
      {clone.workspaceId !== undefined && (
        <Link to="/welcome" search={{ w: clone.workspaceId }} onClick={() => takeClone(clone)} className={linkLook('plain')}>
          Go on with it
        </Link>
      )}
      <IconButton isSmall icon="close" label="Dismiss" onClick={() => takeClone(clone)} />
    </section>
  )
}
