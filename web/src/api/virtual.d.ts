/** Made by `shapes.ts` beside the Vite configuration. */
declare module 'virtual:forms' {
  export const forms: readonly import('~/api/shape-types').OpForm[]
}
declare module 'virtual:types' {
  export const table: import('~/api/shape-types').TypeTable
}
/** Made by `plugins.mjs`: the keys of the whole page as its sources have them. */
declare module 'virtual:keys' {
  export const table: readonly { part: string; keys: string; label: string }[]
}
