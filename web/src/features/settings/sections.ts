import type { SettingView } from '~/api/generated'

export const sections = [
  { id: 'general', title: 'General' },
  { id: 'agents', title: 'Agents' },
  { id: 'approvals', title: 'Approvals' },
  { id: 'limits', title: 'Limits' },
  { id: 'notifications', title: 'Notifications' },
  { id: 'storage', title: 'Storage' },
  { id: 'appearance', title: 'Appearance' },
  { id: 'eyes', title: 'Eyes' },
  { id: 'shortcuts', title: 'Shortcuts' },
  { id: 'advanced', title: 'Advanced' },
  { id: 'about', title: 'About' },
] as const

export type SectionId = (typeof sections)[number]['id']

export const sectionOf = (id: string) => sections.find((section) => section.id === id)

type Place = { section: SectionId; heading: string; names: readonly string[] }

/** Where a setting stands; the first that fits. What fits nowhere is shown under Advanced, by the daemon's own heading. */
const places: readonly Place[] = [
  { section: 'general', heading: 'Repositories', names: ['workspace.roots'] },
  { section: 'general', heading: 'Opening files', names: ['open.*'] },
  { section: 'general', heading: 'This page', names: ['auto_save', 'confirm_delete'] },
  { section: 'agents', heading: 'A new agent', names: ['default_mode'] },
  { section: 'agents', heading: 'While it works', names: ['max_context_warning', 'agent.handshake_seconds', 'agent.env'] },
  { section: 'agents', heading: 'Programs', names: ['agent.*_path'] },
  { section: 'limits', heading: 'One agent', names: ['agent.*'] },
  { section: 'limits', heading: 'Launches', names: ['launch.*'] },
  { section: 'limits', heading: 'Usage, for display', names: ['usage.*'] },
  { section: 'notifications', heading: 'What is reported', names: ['notifications', 'notify.asks', 'notify.failures', 'notify.finished', 'notify.sound', 'notify.*'] },
  { section: 'storage', heading: 'Trash', names: ['workspace.trash_*'] },
  { section: 'storage', heading: 'Salvages and checkpoints', names: ['retention.salvage_*', 'retention.checkpoint*'] },
  { section: 'storage', heading: 'Transcripts and logs', names: ['retention.*'] },
  { section: 'storage', heading: 'Attachments', names: ['attachment.*'] },
  { section: 'appearance', heading: 'Colours', names: ['theme'] },
  { section: 'appearance', heading: 'Terminals and the editor', names: ['cursor_blink'] },
  { section: 'eyes', heading: 'A new eye', names: ['eye.environment', 'eye.size', 'eye.lockstep', 'eye.buffers', 'eye.socket_path'] },
  { section: 'eyes', heading: 'Other programs', names: ['net.lab_port'] },
  { section: 'shortcuts', heading: 'How they work', names: ['letter_keys'] },
  { section: 'advanced', heading: 'Rate limits', names: ['rate.*'] },
]

function fits(pattern: string, name: string): boolean {
  const [head = '', tail] = pattern.split('*')
  if (tail === undefined) return pattern === name
  return name.startsWith(head) && name.endsWith(tail) && name.length >= head.length + tail.length
}

type Placed = { section: SectionId; heading: string; rank: number }

/** More names than one heading has. */
const rankStep = 100

export function placeOf({ name, section }: SettingView): Placed {
  for (const [at, place] of places.entries()) {
    const within = place.names.findIndex((pattern) => fits(pattern, name))
    if (within >= 0) return { section: place.section, heading: place.heading, rank: at * rankStep + within }
  }
  return { section: 'advanced', heading: section, rank: places.length * rankStep }
}

export type Group = { heading: string; settings: SettingView[] }

function grouped(settings: readonly SettingView[], headingOf: (setting: SettingView) => string): Group[] {
  const groups = new Map<string, SettingView[]>()
  for (const setting of settings.toSorted((a, b) => placeOf(a).rank - placeOf(b).rank)) {
    const heading = headingOf(setting)
    groups.set(heading, [...(groups.get(heading) ?? []), setting])
  }
  return [...groups].map(([heading, rows]) => ({ heading, settings: rows }))
}

export function groupsOf(settings: readonly SettingView[], section: SectionId): Group[] {
  return grouped(settings.filter((setting) => placeOf(setting).section === section), (setting) => placeOf(setting).heading)
}

const titleOf = (id: SectionId) => sectionOf(id)?.title ?? ''

/** Settings that contain every word, in their label, sentence, name or heading; by section. */
export function findSettings(settings: readonly SettingView[], text: string): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = settings.filter((setting) => {
    const { section, heading } = placeOf(setting)
    const all = [setting.label, setting.doc, setting.name, heading, titleOf(section)].join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  return grouped(found, (setting) => titleOf(placeOf(setting).section))
}

export const isChanged = ({ value, defaultValue }: SettingView) => value !== defaultValue

/** The sections in which something was changed. */
export function changedSections(settings: readonly SettingView[]): ReadonlySet<SectionId> {
  return new Set(settings.filter(isChanged).map((setting) => placeOf(setting).section))
}
