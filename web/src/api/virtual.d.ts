/** Made by `shapes.ts` beside the Vite configuration. */
declare module 'virtual:forms' {
  export const forms: readonly import('~/api/shape-types').OpForm[]
}
declare module 'virtual:types' {
  export const table: import('~/api/shape-types').TypeTable
}
/** "METHOD path names": the first ones belong to the first load, all of them come when another is needed. */
declare module 'virtual:routes' {
  export const routes: Readonly<Record<string, string>>
}
declare module 'virtual:first-routes' {
  export const routes: Readonly<Record<string, string>>
}
/** Made by `plugins.mjs`: the keys of the whole page as its sources have them. */
declare module 'virtual:keys' {
  export const table: readonly { part: string; keys: string; label: string }[]
}
