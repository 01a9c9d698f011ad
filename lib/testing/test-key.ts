/** The installation key of tests: 32 bytes, never used anywhere else. */
export const testKey = Buffer.alloc(32, 7).toString('base64')
