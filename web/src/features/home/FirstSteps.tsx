import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { systemQuery } from '~/api/queries'
import { Button, linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { Section } from '~/ui/Section'

type Starts = { onStart: () => void; onStartWith: (prompt: string) => void }

/** What Home shows before there is an agent. */
export function FirstSteps({ hasWorkspace, ...starts }: Starts & { hasWorkspace: boolean }) {
  return hasWorkspace ? <NoAgent {...starts} /> : <NoWorkspace />
}

function NoWorkspace() {
  const canTry = useQuery(systemQuery()).data?.claude.demoFound === true
  return (
    <Empty
      title="No repository yet"
      text={canTry ? 'Open one, or look at the demo first; it costs nothing.' : 'Opening one changes nothing in it.'}
      action={
        <Link to="/welcome" className={linkLook('solid')}>
          {canTry ? 'Open a repository or try the demo' : 'Open a repository'}
        </Link>
      }
      command="workspace open ~/src/project"
    />
  )
}

const demoTask = 'Teach greet.sh a second language'

const demoSteps = [
  { title: 'Give an agent a task.', text: 'Any text will do: the answer is scripted.' },
  { title: 'Answer what it asks.', text: 'It asks before it changes a file. Nothing happens until you allow it.' },
  { title: 'Read the diff.', text: 'It shows every change, before you keep it.' },
] as const

function NoAgent({ onStart, onStartWith }: Starts) {
  const isDemo = useQuery(systemQuery()).data?.isDemo === true
  if (!isDemo)
    return (
      <Empty
        title="No agent yet"
        text="An agent works in a worktree of its own, so your files stay as they are until you land its work."
        action={
          <Button icon="plus" onClick={onStart}>
            Start an agent
          </Button>
        }
      />
    )
  return (
    <Section title="Try this first">
      <ol className="max-w-[720px] list-inside list-decimal py-1 marker:text-fg2">
        {demoSteps.map(({ title, text }) => (
          <li key={title} className="py-0.5">
            <strong className="font-medium">{title}</strong> <span className="text-fg1">{text}</span>
          </li>
        ))}
      </ol>
      <div className="mt-2">
        <Button icon="play" onClick={() => onStartWith(demoTask)}>
          Start: “{demoTask}”
        </Button>
      </div>
    </Section>
  )
}
