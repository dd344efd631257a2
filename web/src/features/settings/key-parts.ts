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
  { title: 'Time', parts: ['moment'] },
  { title: 'Review and Landing', parts: ['landing'] },
  { title: 'Recovery', parts: ['recovery'] },
  { title: 'Settings and Doctor', parts: ['settings', 'doctor'] },
] as const
