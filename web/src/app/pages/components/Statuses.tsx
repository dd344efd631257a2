import { ago, bidiText, Group, longText, Sample } from '~/app/pages/components/Sample'
import type { AgentReason } from '~/api/generated'
import { lookOf, reasonText, type StatusFields, wordOf } from '~/lib/status'
import { Age } from '~/ui/Age'
import { ContextBar } from '~/ui/ContextBar'
import { Cost } from '~/ui/Cost'
import { DemoBadge } from '~/ui/Demo'
import { Lane } from '~/ui/Lane'
import { PlusMinus } from '~/ui/PlusMinus'
import { Silence, Since, StatusGlyph, StatusLine, StatusTime } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

/** Every reason with the status that it belongs to, as the daemon sends both. */
const all: Record<AgentReason, StatusFields> = {
  permission: { status: 'waiting', statusReason: 'permission', statusDetail: 'Bash', statusSince: ago(40) },
  question: { status: 'waiting', statusReason: 'question', statusSince: ago(75) },
  plan: { status: 'waiting', statusReason: 'plan', statusSince: ago(130) },
  starting: { status: 'running', statusReason: 'starting', statusSince: ago(2) },
  working: { status: 'running', statusReason: 'working', statusSince: ago(312) },
  retrying: { status: 'running', statusReason: 'retrying', statusDetail: '529 overloaded, attempt 2 of 5', statusSince: ago(12), retryAt: ago(-8) },
  held: { status: 'running', statusReason: 'held', statusDetail: 'second in line', statusSince: ago(600) },
  not_started: { status: 'finished', statusReason: 'not_started' },
  ready: { status: 'finished', statusReason: 'ready', statusSince: ago(8) },
  turn_done: { status: 'finished', statusReason: 'turn_done', statusSince: ago(5_400), backgroundCommands: 2 },
  exited: { status: 'finished', statusReason: 'exited', statusSince: ago(86_400) },
  stopped: { status: 'finished', statusReason: 'stopped', statusSince: ago(7_200) },
  interrupted: { status: 'finished', statusReason: 'interrupted', statusSince: ago(30) },
  api: { status: 'error', statusReason: 'api', statusDetail: '529 Overloaded', statusSince: ago(900) },
  exit: { status: 'error', statusReason: 'exit', statusDetail: 'code 137', statusSince: ago(60) },
  limit: { status: 'error', statusReason: 'limit', statusDetail: 'memory, 4 GiB', statusSince: ago(1_800) },
  hold_lost: { status: 'error', statusReason: 'hold_lost', statusSince: ago(240) },
  no_room: { status: 'error', statusReason: 'no_room', statusDetail: 'disk full', statusSince: ago(35) },
  suspended: { status: 'error', statusReason: 'suspended', statusSince: ago(15) },
  disk_full: { status: 'error', statusReason: 'disk_full', statusSince: ago(20) },
  missing_cli: { status: 'error', statusReason: 'missing_cli', statusSince: ago(172_800) },
}

const minute = 60_000
const spans = [
  { kind: 'past', from: 4 * minute, to: 22 * minute },
  { kind: 'wait', from: 22 * minute, to: 27 * minute },
  { kind: 'past', from: 27 * minute, to: 41 * minute },
  { kind: 'live', from: 48 * minute, to: 60 * minute },
] as const
const marks = [
  { kind: 'end', at: 41 * minute },
  { kind: 'failure', at: 44 * minute },
] as const

export function Statuses() {
  return (
    <Group title="Status and figures">
      {Object.values(all).map((agent) => (
        <Sample key={agent.statusReason} state={`${agent.status}, ${agent.statusReason}`}>
          <StatusLine agent={agent} />
        </Sample>
      ))}
      <Sample state="silent">
        <StatusLine agent={{ ...all.working, silentSince: ago(125) }} />
        <Silence since={ago(40)} isStalled={false} />
        <Silence since={ago(40)} isStalled />
      </Sample>
      <Sample state="how long, and until it tries again">
        <Since agent={all.working} at={ago(312)} />
        <Since agent={all.retrying} at={ago(12)} />
        <StatusTime agent={all.retrying} />
      </Sample>
      <Sample state="offline">
        <StatusGlyph look="offline" />
        <span className="text-fg2">Offline, no frame for 12 s</span>
      </Sample>
      <Sample state="in a row, and opens its evidence">
        <StatusPart agent={{ id: 'ag_sample', name: 'sample' }} className="text-sm text-err">
          {wordOf('api')} <Age at={ago(900)} className="" />
        </StatusPart>
      </Sample>
      <Sample state="in a head, and the glyph alone">
        <StatusPart agent={{ id: 'ag_sample', name: 'sample' }} look="head">
          <StatusLine agent={all.api} />
        </StatusPart>
        <StatusPart agent={{ id: 'ag_sample', name: 'sample' }} look="glyph">
          <StatusGlyph look="error" word={wordOf('api')} />
        </StatusPart>
      </Sample>
      <Sample state="only the glyph">
        {Object.values(all).map((agent) => (
          <StatusGlyph key={agent.statusReason} look={lookOf(agent.statusReason)} word={`${wordOf(agent.statusReason)} ${reasonText(agent)}`} />
        ))}
      </Sample>
      <Sample state="long and bidi text" isTall>
        <StatusLine agent={{ status: 'error', statusReason: 'api', statusDetail: longText, statusSince: ago(900) }} />
        <StatusLine agent={{ status: 'waiting', statusReason: 'permission', statusDetail: bidiText, statusSince: ago(9) }} />
      </Sample>
      <Figures />
    </Group>
  )
}

function Figures() {
  return (
    <>
      <Sample state="context">
        {[0, 38, 64, 91, 100].map((level) => (
          <ContextBar key={level} level={level} />
        ))}
        <ContextBar level={52} isAssumed />
      </Sample>
      <Sample state="plus and minus">
        <PlusMinus added={148} removed={37} />
        <PlusMinus added={12_480} removed={0} />
        <PlusMinus added={0} removed={5} />
        <PlusMinus added={120_000} removed={3} isLeast />
        <PlusMinus added={148} removed={37} isColoured />
      </Sample>
      <Sample state="age">
        {[4, 95, 7_300, 190_000].map((seconds) => (
          <Age key={seconds} at={ago(seconds)} />
        ))}
      </Sample>
      <Sample state="an hour" isTall>
        <Lane label="Worked 32 minutes, waited 5, failed once" from={0} to={60 * minute} spans={spans} marks={marks} />
      </Sample>
      <Sample state="demo">
        <DemoBadge />
        <span className="text-sm text-fg2">
          <Cost micros={1_230_000} isDemo={false} />, <Cost micros={1_230_000} isDemo />, <Cost micros={1_230_000} isDemo isLong />
        </span>
      </Sample>
    </>
  )
}
