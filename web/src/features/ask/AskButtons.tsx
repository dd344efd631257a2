import { useGrants } from '~/features/ask/AskFacts'
import { KeyMark } from '~/features/ask/KeyMark'
import type { AskForm, Given } from '~/features/ask/use-ask-form'
import type { Key } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'

/** Beyond this one call the same bytes of the same agent; a rule that ends with the agent. */
const forAgent: Given = { decision: 'allow', remember: 'agent' }

export const canEdit = ({ ask, isCut }: AskForm) => ask.kind === 'permission' && !isCut && !ask.decisionOnly

/** The keys of a permission while the ask has the focus. */
export function permissionKeys(form: AskForm): readonly Key[] {
  if (form.ask.kind !== 'permission') return []
  const isQuiet = form.off !== undefined
  const edit: Key = { keys: 'e', label: 'edit first', run: () => form.setMode('edit') }
  return [
    { keys: 'a', label: 'allow once', isQuiet, run: () => void form.answer({ decision: 'allow' }) },
    { keys: 's', label: 'for this agent', isQuiet, run: () => void form.answer(forAgent) },
    { keys: 'r', label: 'rule', isQuiet, run: () => form.setMode('rule') },
    ...(canEdit(form) ? [edit] : []),
  ]
}

type ButtonsProps = { form: AskForm; isWithin: boolean }

/** Every possible answer to a permission. */
export function AskButtons({ form, isWithin }: ButtonsProps) {
  const grants = useGrants(form)
  const { isBusy, off, answer, setMode } = form
  const isOff = isBusy || off !== undefined
  const hasKeys = isWithin && !isOff
  return (
    <>
      <div className="flex flex-wrap items-center gap-1">
        <Button look={off === undefined ? 'solid' : 'plain'} isOff={isOff} onClick={() => void answer({ decision: 'allow' })}>
          Allow once
          <KeyMark keys="A" isOn={hasKeys} />
        </Button>
        {off === undefined && (
          <>
            <Button look="quiet" isOff={isOff} onClick={() => void answer(forAgent)}>
              For this agent
              <KeyMark keys="S" isOn={hasKeys} />
            </Button>
            {grants.length > 0 && (
              <Button look="quiet" isOff={isOff} onClick={() => void answer({ decision: 'allow_always' })}>
                For this session
              </Button>
            )}
            <Button look="quiet" isOff={isBusy} onClick={() => setMode('rule')}>
              Rule…
              <KeyMark keys="R" isOn={isWithin} />
            </Button>
          </>
        )}
        {canEdit(form) && (
          <Button look="quiet" isOff={isBusy} onClick={() => setMode('edit')}>
            Edit
            <KeyMark keys="E" isOn={isWithin} />
          </Button>
        )}
        <Button look="danger" isOff={isBusy} onClick={() => setMode('deny')}>
          Deny…
          <KeyMark keys="D" isOn={isWithin} />
        </Button>
        {off !== undefined && <span className="text-sm text-fg2">{off}</span>}
        {!isWithin && off === undefined && (
          <span className="ml-auto flex items-center gap-1 max-md:hidden">
            <span aria-hidden="true" className="text-xs font-medium text-fg2">
              Shift Tab, then A or D
            </span>
          </span>
        )}
      </div>
      {grants.length > 0 && off === undefined && (
        <p className="mt-1.5 text-sm [overflow-wrap:anywhere] text-fg2">“For this session” also lets it, until the session ends: {visible(grants.join('; '))}.</p>
      )}
    </>
  )
}
