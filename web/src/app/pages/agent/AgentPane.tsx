import { Suspense, useState } from 'react'
import type { Agent } from '~/api/generated'
import { panePanel, PaneTabs } from '~/app/pages/agent/PaneTabs'
import type { MomentState } from '~/app/pages/agent/use-moment'
import type { AgentPlace } from '~/app/pages/agent/use-place'
import type { PaneName } from '~/app/search'
import { Boundary } from '~/ui/Boundary'
import { IconButton } from '~/ui/Button'
import { lazyPart } from '~/ui/lazy-part'
import { Skeleton } from '~/ui/Skeleton'
import { panelOf } from '~/ui/Tabs'

const contents = {
  diff: lazyPart(async () => (await import('~/app/pages/agent/panes/Diff')).Diff),
  files: lazyPart(async () => (await import('~/app/pages/agent/panes/Files')).Files),
  terminal: lazyPart(async () => (await import('~/app/pages/agent/panes/Terminals')).Terminals),
  plan: lazyPart(async () => (await import('~/app/pages/agent/panes/Facts')).Plan),
  beside: lazyPart(async () => (await import('~/app/pages/agent/panes/Beside')).Beside),
  usage: lazyPart(async () => (await import('~/app/pages/agent/panes/Facts')).Usage),
} as const satisfies Record<PaneName, React.ComponentType<PaneProps>>

/** `head`: the end of the pane's head, for what a pane has to choose there; undefined where the pane has none. */
export type PaneProps = { agent: Agent; place: AgentPlace; past: MomentState; isWide: boolean; head: HTMLElement | null | undefined }
type AgentPaneProps = { agent: Agent; place: AgentPlace; pane: PaneName; past: MomentState; isWhole: boolean; onWhole: () => void }

/** The right half of an agent's page: its tabs, and one of them. Each comes in a chunk of its own. */
export function AgentPane({ agent, place, pane, past, isWhole, onWhole }: AgentPaneProps) {
  const Content = contents[pane]
  const [head, setHead] = useState<HTMLElement | null>(null)
  return (
    <section aria-label="Pane" className="flex min-h-0 min-w-0 flex-1 flex-col">
      {!place.isNarrow && (
        <div className="flex h-9 shrink-0 items-center gap-1 border-b border-line pr-2 pl-1.5">
          <PaneTabs agent={agent} place={place} past={past} />
          <span ref={setHead} className="ml-auto flex items-center gap-1" />
          <IconButton icon="split" label={isWhole ? 'Beside the transcript' : 'Whole width (Ctrl Shift F)'} isSmall onClick={onWhole} />
          <IconButton icon="close" label="Close the pane" isSmall onClick={() => place.show('none')} />
        </div>
      )}
      <div {...panelOf(panePanel, pane)} className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Boundary key={pane} name={pane}>
          <Suspense fallback={<div className="px-6"><Skeleton label="Loading the pane" /></div>}>
            <Content agent={agent} place={place} past={past} isWide={isWhole} head={place.isNarrow ? undefined : head} />
          </Suspense>
        </Boundary>
      </div>
    </section>
  )
}
