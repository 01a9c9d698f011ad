/** How long whoever approved alone waits, so that everybody who was told can still say no. The database keeps it too. */
export const soloWaitMinutes = 15
