/** Made by `shapes.ts` beside the Vite configuration. */
declare module 'virtual:forms' {
  export const forms: readonly import('~/api/shape-types').OpForm[]
}
declare module 'virtual:types' {
  export const table: import('~/api/shape-types').TypeTable
}
