/** What was set aside, as the address of Recovery names it. */
export const recoveryKinds = ['all', 'trash', 'salvages', 'checkpoints', 'agents', 'locks'] as const
export type RecoveryKind = (typeof recoveryKinds)[number]
