/** The page is written in English, and so are its numbers and dates: 1,284 and 24 Nov 2026, 16:02. */
export const locale = 'en-GB'
