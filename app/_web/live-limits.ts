/** How many reads one page is sent, and how long each may be as text. */
export const mostReads = 16
export const longestRead = 1_500
