export type InboxTab = 'open' | 'answered' | 'rules'
export type InboxSearch = { ask?: string; tab?: InboxTab }

/** What an address of the inbox may say; anything else is left out. */
export function readInboxSearch({ ask, tab }: Record<string, unknown>): InboxSearch {
  const isId = typeof ask === 'string' && /^(ask|ag)_[0-9a-z]{26}$/.test(ask)
  const isTab = tab === 'answered' || tab === 'rules'
  return { ...(isId && { ask }), ...(isTab && { tab }) }
}
