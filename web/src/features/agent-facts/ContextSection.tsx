import type { EvContext } from '~/api/generated'
import { useContextWarning } from '~/api/settings'
import { formatCount } from '~/lib/format'
import { ContextBar } from '~/ui/ContextBar'
import { Section } from '~/ui/Section'

type ContextSectionProps = { level: number; isAssumed: boolean; /** As an event said. */ context: EvContext | undefined }

/** How full the model's window is. */
export function ContextSection({ level, isAssumed, context }: ContextSectionProps) {
  const warnAt = useContextWarning()
  return (
    <Section title="Context">
      <div className="flex items-baseline gap-3">
        <ContextBar level={level} warnAt={warnAt} isAssumed={isAssumed} />
        {context && (
          <span className="text-sm text-fg2">
            {formatCount(context.used)} of {formatCount(context.window)} tokens
          </span>
        )}
      </div>
      {isAssumed && <p className="mt-1 text-sm text-fg2">The size of the window is assumed: the CLI has not reported it for this model.</p>}
    </Section>
  )
}
