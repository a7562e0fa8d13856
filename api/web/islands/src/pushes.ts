// Server-sent events that outlive a refusal. A cut line a browser takes up again by itself; an answer that is no stream (401, 502, 503)
// ends it for good by the standard, so a new one is opened after a while, later each time, and not by everybody at once.
const FIRST_MS = 3000;

export interface Listening {
  /** What is done with each kind of event. */
  heard: Record<string, (event: MessageEvent<string>) => void>;
  /** Called with each new attempt: what was pushed in the meantime has to be asked for. */
  again: () => void;
  /** Milliseconds between two attempts at most. */
  most: number;
}

/** Listen at an address; answers how to stop. */
export function listen(address: string, { heard, again, most }: Listening): () => void {
  let stream: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_MS;
  const open = () => {
    stream = new EventSource(address);
    for (const [kind, hear] of Object.entries(heard)) stream.addEventListener(kind, hear);
    stream.addEventListener('open', () => (wait = FIRST_MS));
    stream.addEventListener('error', () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(() => {
        open();
        again();
      }, wait * (0.8 + Math.random() * 0.4));
      wait = Math.min(2 * wait, most);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}
