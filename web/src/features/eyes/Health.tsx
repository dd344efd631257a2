import type { ReactNode } from 'react'
import { isAlive } from '~/api/eye-list'
import type { Eye } from '~/api/generated'
import { Connection } from '~/features/eyes/Connection'
import { formatMs, formatRate, pathText, said } from '~/features/eyes/words'
import { formatFull, formatNumber } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { Section } from '~/ui/Section'

/** The newest figures of an eye, as it reported them. */
export function Health({ eye }: { eye: Eye }) {
  const { status } = eye
  return (
    <div className="flex flex-col gap-5">
      {status && <Figures eye={eye} />}
      {status && status.consumers.length > 0 && <Consumers eye={eye} />}
      <Section title="What happened">
        <dl>
          <Fact name="State" at={eye.since}>
            {visible(eye.detail === undefined ? said(eye.state) : said(eye.detail))}
          </Fact>
          {eye.held !== undefined && <Fact name="Not read">{visible(said(eye.held))}</Fact>}
          {eye.program && (
            <Fact name="Game" at={eye.programAt}>
              {visible(programText(eye.program))}
            </Fact>
          )}
          {eye.lastReset && (
            <Fact name="Last reset" at={eye.lastResetAt}>
              {visible(said(eye.lastReset.detail ?? eye.lastReset.reason))}
            </Fact>
          )}
          {eye.lastError !== undefined && (
            <Fact name="Last error" at={eye.lastErrorAt} isBad>
              {visible(said(eye.lastError))}
              {eye.errors > 1 && <span className="text-fg2">{`, ${formatNumber(eye.errors)} in this start`}</span>}
            </Fact>
          )}
        </dl>
      </Section>
      {isAlive(eye) && <Connection eye={eye} />}
    </div>
  )
}

function programText({ event, code, signal, route, detail }: NonNullable<Eye['program']>): string {
  if (detail !== undefined) return said(detail)
  if (signal !== undefined) return `Ended by signal ${signal}`
  if (code !== undefined) return `Ended with status ${code}`
  return `${said(event)}${route === 'x11' ? ', through Xwayland' : ''}`
}

type FactProps = { name: string; at?: string | undefined; isBad?: boolean; children: ReactNode }

function Fact({ name, at, isBad = false, children }: FactProps) {
  return (
    <div className="eye-fact min-h-7 items-baseline border-t border-line py-1">
      <dt className="text-sm text-fg2">{name}</dt>
      <dd className={`flex min-w-0 items-baseline gap-2 ${isBad ? 'text-err' : 'text-fg1'}`}>
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</span>
        {at !== undefined && <span title={formatFull(at)}><Age at={at} /></span>}
      </dd>
    </div>
  )
}

function Figures({ eye }: { eye: Eye }) {
  const { status } = eye
  if (!status) return null
  const pairs: (readonly [name: string, value: string, more?: string | undefined])[] = [
    eye.config.lockstep ? ['Steps a second', formatRate(status.stepsPerS)] : ['Frames a second', formatRate(status.fps)],
    ['Commit to sent', status.latencyP50Us === undefined ? 'no consumer' : `${formatMs(status.latencyP50Us)} ms`, status.latencyP99Us === undefined ? undefined : `p99 ${formatMs(status.latencyP99Us)}`],
    ['Frames', formatNumber(status.frames), status.path === 'shared' || status.path === 'dma-buf' ? 'no copy' : pathText(status.path)],
    ['Dropped', formatNumber(status.dropped), `${formatNumber(status.delivered)} delivered`],
    ['Resets', formatNumber(status.resets)],
    ['Without a frame', formatNumber(status.stale), status.timeouts > 0 ? `${formatNumber(status.timeouts)} timed out` : undefined],
  ]
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-3">
      {pairs.map(([name, value, more]) => (
        <div key={name} className="min-w-0">
          <dt className="truncate text-sm text-fg2">{name}</dt>
          <dd className="text-lg font-medium">{value}</dd>
          {more && <dd className="truncate text-sm text-fg2">{more}</dd>}
        </div>
      ))}
    </dl>
  )
}

const roleWords: Readonly<Record<string, string>> = { step: 'steps', watch: 'watches', view: 'in a browser' }

function Consumers({ eye }: { eye: Eye }) {
  return (
    <Section title="Who gets frames">
      <table className="w-full border-collapse">
        <thead>
          <tr className="h-6 text-xs text-fg2">
            <th scope="col" className="text-left font-normal">Name</th>
            <th scope="col" className="pl-2 text-right font-normal">a second</th>
            <th scope="col" className="pl-2 text-right font-normal">delivered</th>
            <th scope="col" className="pl-2 text-right font-normal">dropped</th>
          </tr>
        </thead>
        <tbody>
          {eye.status?.consumers.map(({ name, role, pid, fps, delivered, dropped }, at) => (
            <tr key={`${pid}-${at}`} className="h-8 border-t border-line">
              <td className="max-w-40 truncate">
                {name ? visibleName(name) : `process ${pid}`}
                <span className="text-fg2">{`, ${roleWords[role] ?? visibleName(role)}`}</span>
              </td>
              <td className="pl-2 text-right">{formatRate(fps)}</td>
              <td className="pl-2 text-right">{formatNumber(delivered)}</td>
              <td className="pl-2 text-right">{formatNumber(dropped)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
