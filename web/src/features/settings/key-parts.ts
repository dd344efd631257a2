/** What the parts of the page that have keys are called, in the order in which they are shown. */
export const partTitles = [
  { title: 'Everywhere', parts: ['page'] },
  { title: 'Find or run', parts: ['palette'] },
  { title: 'New agent', parts: ['start', 'welcome'] },
  { title: 'Home', parts: ['home'] },
  { title: 'Board', parts: ['board'] },
  { title: 'Asks and Inbox', parts: ['ask'] },
  { title: 'Transcript', parts: ['transcript'] },
  { title: 'Message', parts: ['composer'] },
  { title: 'Diff', parts: ['diff'] },
  { title: 'Files', parts: ['files'] },
  { title: 'Terminal', parts: ['terminal'] },
  { title: 'Output of a script', parts: ['script'] },
  { title: 'Time', parts: ['moment'] },
  { title: 'Eyes', parts: ['eyes'] },
  { title: 'Review and Landing', parts: ['landing'] },
  { title: 'Recovery', parts: ['recovery'] },
  { title: 'Settings and Doctor', parts: ['settings', 'doctor'] },
] as const

/** Keys whose words follow what they act on: the sources do not say them beside the key. */
export const otherKeys = [
  { part: 'page', keys: 'p', label: 'pin or unpin the agent' },
  { part: 'ask', keys: 'd', label: 'deny' },
  { part: 'ask', keys: '1', label: 'choose the first answer, up to 9' },
  { part: 'start', keys: 'Enter', label: 'start, unless it breaks the line' },
  { part: 'composer', keys: 'Enter', label: 'send, unless it breaks the line' },
  { part: 'composer', keys: 'Ctrl+Enter', label: 'interrupt and send' },
  { part: 'composer', keys: 'Escape Escape', label: 'interrupt' },
  { part: 'eyes', keys: 'p', label: 'hold time, or let it go on' },
  { part: 'eyes', keys: 'Escape Escape', label: 'stop playing' },
  { part: 'diff', keys: 'Ctrl+Enter', label: 'add or save the comment' },
] as const
