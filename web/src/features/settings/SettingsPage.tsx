import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { settingsQuery } from '~/api/queries'
import { useKeepSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { changedSections, findSettings, groupsOf, sectionOf, sections, type SectionId } from '~/features/settings/sections'
import { extras } from '~/features/settings/extras'
import { SettingGroups } from '~/features/settings/SettingGroups'
import type { Saved } from '~/features/settings/SettingRow'
import { useKeys } from '~/lib/keys'
import { Age } from '~/ui/Age'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { Main, Scroll } from '~/ui/Main'
import { PageHead } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

const route = getRouteApi('/settings/$section')

export function SettingsPage() {
  const { section: id } = route.useParams()
  const { find = '' } = route.useSearch()
  const section = sectionOf(id) ?? sections[0]
  const settings = useQuery(settingsQuery())
  const [saved, setSaved] = useState<Saved>()
  return (
    <Main title={`${section.title} settings`}>
      <PageHead title="Settings">
        {saved && <SavedNote saved={saved} onUndone={() => setSaved(undefined)} />}
        <Find section={section.id} text={find} />
      </PageHead>
      <Scroll key={section.id}>
        <div className="grid grid-cols-[200px_minmax(0,680px)] gap-x-12 max-md:grid-cols-1 max-md:gap-y-5">
          <SectionList current={find ? undefined : section.id} changed={changedSections(settings.data?.settings ?? [])} />
          <div className="min-w-0 max-sm:pl-2.5">
            <h2 className="text-xl font-semibold tracking-[-0.016em]">
              {find ? `Settings with “${find}”` : section.title}
            </h2>
            {settings.error && <ErrorNote title="The settings could not be read" error={settings.error} onRetry={() => void settings.refetch()} />}
            {settings.isPending && <Skeleton label="Reading the settings" rows={8} />}
            {settings.data && <Content section={section.id} find={find} settings={settings.data.settings} onSaved={setSaved} />}
          </div>
        </div>
      </Scroll>
    </Main>
  )
}

type ContentProps = { section: SectionId; find: string; settings: Parameters<typeof findSettings>[0]; onSaved: (saved: Saved) => void }

function Content({ section, find, settings, onSaved }: ContentProps) {
  if (find) {
    const found = findSettings(settings, find)
    if (found.length === 0) return <p className="py-3 text-fg1">No setting has these words in its name or its sentence.</p>
    return <SettingGroups groups={found} onSaved={onSaved} />
  }
  const Extra = extras[section]
  return (
    <>
      <SettingGroups groups={groupsOf(settings, section)} onSaved={onSaved} />
      {Extra && <Extra />}
    </>
  )
}

const link =
  'touch -ml-2.5 flex h-7 shrink-0 items-center rounded-md px-2.5 text-fg1 hover:bg-bg3 hover:text-fg0 ' +
  'aria-[current=page]:bg-bg4 aria-[current=page]:font-medium aria-[current=page]:text-fg0 max-md:ml-0'

function SectionList({ current, changed }: { current: SectionId | undefined; changed: ReadonlySet<SectionId> }) {
  return (
    <nav aria-label="Settings" className="flex min-w-0 flex-col max-md:flex-row max-md:flex-wrap max-md:gap-1">
      {sections.map(({ id, title }) => (
        <Link
          key={id}
          to="/settings/$section"
          params={{ section: id }}
          aria-current={id === current ? 'page' : undefined}
          activeProps={{}}
          className={link}
        >
          {title}
          {changed.has(id) && (
            <span className="ml-auto flex items-center pl-2">
              <span aria-hidden="true" className="size-[5px] rounded-full bg-accent" />
              <span className="sr-only">, changed</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  )
}

function SavedNote({ saved: { setting, at }, onUndone }: { saved: Saved; onUndone: () => void }) {
  const keep = useKeepSetting()
  const undo = useAct(
    'update_setting',
    (changed) => {
      keep(changed)
      onUndone()
    },
    'toasted',
  )
  const run = () => undo.mutate({ name: setting.name, value: setting.value })
  useKeys('pane', [{ keys: 'u', label: 'undo', run }])
  return (
    <span className="flex items-center gap-2 text-sm text-fg2">
      <span role="status" className="flex items-center gap-1.5">
        <StatusGlyph look="finished" />
        <span className="max-md:sr-only">Saved</span>
      </span>
      <span className="max-md:hidden">
        <Age at={at} /> ago
      </span>
      <button
        type="button"
        onClick={run}
        className="touch h-6 rounded-sm px-1 text-fg1 hover:text-fg0 hover:underline"
      >
        Undo
      </button>
    </span>
  )
}

function Find({ section, text }: { section: SectionId; text: string }) {
  const navigate = route.useNavigate()
  const field = useRef<HTMLInputElement>(null)
  useKeys('pane', [{ keys: '/', label: 'find', run: () => field.current?.focus() }])
  const show = (find: string) => void navigate({ params: { section }, search: find ? { find } : {}, replace: true })
  return (
    <label className="touch flex h-7 w-60 items-center gap-2 rounded-md bg-bg3 px-2 focus-within:outline-2 focus-within:outline-accent max-sm:w-40">
      <Icon name="search" className="size-3.5 text-fg2" />
      <input
        ref={field}
        type="search"
        aria-label="Find a setting"
        placeholder="Find a setting"
        value={text}
        onChange={(event) => show(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          show('')
          field.current?.blur()
        }}
        className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-fg2"
      />
      <Kbd keys="/" />
    </label>
  )
}
