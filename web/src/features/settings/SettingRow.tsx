import { useId, useState, type ReactNode } from 'react'
import type { SettingView } from '~/api/generated'
import { useKeepSetting } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { valueText } from '~/features/settings/amount'
import { Control } from '~/features/settings/controls'
import { isChanged } from '~/features/settings/sections'
import { sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { FieldRow } from '~/ui/FieldRow'

/** What was stored last, with what it replaced. */
export type Saved = { setting: SettingView; at: string }

type SettingRowProps = {
  setting: SettingView
  /** What is known about it beyond its sentence. */
  more?: ReactNode
  onSaved: (saved: Saved) => void
}

export function SettingRow({ setting, more, onSaved }: SettingRowProps) {
  const id = useId()
  const [fault, setFault] = useState<string>()
  const [resets, setResets] = useState(0)
  const keep = useKeepSetting()
  const update = useAct('update_setting', keep)
  const reset = useAct('reset_setting', keep)
  const refusal = update.error ?? reset.error
  const error = fault ?? (refusal ? sentence(refusal.details[setting.name]?.[0] ?? refusal.details['value']?.[0] ?? refusal.message) : undefined)
  const value = update.isPending ? update.variables.value : reset.isPending ? setting.defaultValue : setting.value
  // As it was when it was changed: the event of the new value may come before the answer.
  const before = { ...setting, value }
  const onSuccess = () => onSaved({ setting: before, at: new Date().toISOString() })
  return (
    <FieldRow
      isMarked={isChanged(setting)}
      isWide={setting.kind === 'text' || setting.kind === 'lines'}
      title={
        <>
          <span id={`${id}-name`} className="font-medium">
            {visibleName(setting.label)}
          </span>
          {isChanged(setting) && (
            <span className="ml-2 text-sm text-fg2">
              default {visibleName(valueText(setting, setting.defaultValue))}
              <button
                type="button"
                onClick={() => {
                  setFault(undefined)
                  setResets(resets + 1)
                  update.reset()
                  reset.mutate({ name: setting.name }, { onSuccess })
                }}
                className="touch ml-2 h-6 rounded-sm text-fg1 hover:text-fg0 hover:underline"
              >
                Reset<span className="sr-only"> {visibleName(setting.label)}</span>
              </button>
            </span>
          )}
        </>
      }
      text={
        <span id={`${id}-text`}>
          {visible(setting.doc)}.{more}
        </span>
      }
      error={
        error !== undefined && (
          <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-err">
            {visible(error)}
          </p>
        )
      }
    >
      <Control
        key={resets}
        setting={setting}
        value={value}
        labelledBy={`${id}-name`}
        describedBy={error === undefined ? `${id}-text` : `${id}-text ${id}-error`}
        isInvalid={error !== undefined}
        onFault={(text) => {
          setFault(text)
          update.reset()
        }}
        onValue={(next) => {
          setFault(undefined)
          update.mutate({ name: setting.name, value: next }, { onSuccess })
        }}
      />
    </FieldRow>
  )
}
