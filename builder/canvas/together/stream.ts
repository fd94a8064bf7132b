/**
 * Server-sent events read by hand: unlike the browser's own reader this one can be called off, says
 * what the server answered, and makes no noise when it fails.
 */

export interface Event {
  name: string;
  data: string;
}

/** Reads until the stream ends; false when there was none. `lives`: something came, be it only the
 * word that the other end is still there. */
export async function listen(answer: Response, lives: () => void, hear: (event: Event) => void): Promise<boolean> {
  const kind = answer.headers.get("content-type") ?? "";
  if (!answer.ok || !answer.body || !kind.startsWith("text/event-stream")) return false;
  const reader = answer.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, BufferSource>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return true;
    lives();
    const blocks = `${rest}${value}`.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) hear(event);
    }
  }
}

function eventOf(block: string): Event | null {
  const lines = block.split("\n");
  const of = (field: string) =>
    lines.flatMap((line) => (line.startsWith(`${field}:`) ? [line.slice(field.length + 1).trimStart()] : []));
  const data = of("data");
  return data.length ? { name: of("event")[0] ?? "message", data: data.join("\n") } : null;
}
