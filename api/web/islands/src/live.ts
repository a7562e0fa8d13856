// Server-sent events carry ids only; a part of the page marked `data-live` fetches itself again when one comes.
// A hidden tab closes its stream, so that many open tabs do not use up the browser's connections.
// A part marked `data-poll` asks every so many milliseconds, and only while somebody looks.
const QUIET_MS = 250;
let stream: EventSource | null = null;
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
  if (stream) return;
  stream = new EventSource(document.querySelector<HTMLElement>('[data-live]')!.dataset.live!);
  for (const kind of ['inbox', 'reset']) stream.addEventListener(kind, ask);
  stream.addEventListener('inbox', (event) => document.dispatchEvent(new CustomEvent('task', { detail: JSON.parse(event.data) })));
  if (catchUp) ask();
}

function close(): void {
  stream?.close();
  stream = null;
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
