/** Whether the page checks itself: keys that clash, answers whose shape is wrong. On while developing and in tests. */
export const isChecking = import.meta.env.DEV || globalThis.sessionStorage?.getItem('muster.check') === 'on'
