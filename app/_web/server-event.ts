const encoder = new TextEncoder()

/** One server-sent event; its id is the server's clock. The data is one line. Pure. */
export const serverEvent = (name: string, data: string, at: number): Uint8Array =>
  encoder.encode(`event: ${name}\nid: ${at}\ndata: ${data}\n\n`)
