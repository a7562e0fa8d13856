// Server-sent events carry ids only; a part of the page marked `data-live` fetches itself again when one comes.
// A hidden tab closes its stream, so that many open tabs do not use up the browser's connections.
// A part marked `data-poll` asks every so many milliseconds, and only while somebody looks.
import { listen } from './pushes';

const QUIET_MS = 250;
/** How long a refused stream is waited for at most: each attempt fetches the parts, too. */
const MOST_MS = 60_000;
let stop: (() => void) | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export function refreshLive(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-poll]')) {
    setInterval(() => !document.hidden && refresh(part), Number(part.dataset.poll));
  }
  if (!document.querySelector('[data-live]') || typeof EventSource === 'undefined') return;
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => event.persisted && open());
  if (!document.hidden) open(false);
}

function open(catchUp = true): void {
  if (stop) return;
  const heard = {
    open: ask, // what came between the page's rendering and now was pushed to nobody
    inbox: (event: MessageEvent<string>) => {
      ask();
      document.dispatchEvent(new CustomEvent('task', { detail: JSON.parse(event.data) }));
    },
    reset: ask,
  };
  stop = listen(document.querySelector<HTMLElement>('[data-live]')!.dataset.live!, { heard, again: ask, most: MOST_MS });
  if (catchUp) ask();
}

function close(): void {
  stop?.();
  stop = undefined;
}

function ask(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.querySelectorAll('[data-live]').forEach(refresh);
  }, QUIET_MS);
}

function refresh(part: Element): void {
  part.dispatchEvent(new CustomEvent('refresh'));
}
