// Keeps what is typed into a task's form on the server, so that a closed browser loses nothing: a moment after the last
// change, and at once when the page is left or hidden. `<form data-draft="address">`, the words go into #draft-state.
const PAUSE_MS = 1200;
// A browser lets at most 64 KiB of what is on its way outlive its page.
const OUTLIVES = 60_000;
const form = document.querySelector<HTMLFormElement>('form[data-draft]');
const state = document.getElementById('draft-state');
if (form && state) keep(form, state);

function keep(form: HTMLFormElement, state: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let kept = typed(form).toString();
  let sent = false;

  const save = async () => {
    clearTimeout(timer);
    const body = typed(form);
    const text = body.toString();
    if (sent || text === kept) return;
    const before = kept;
    kept = text;
    try {
      const keepalive = text.length < OUTLIVES;
      const answer = await fetch(form.dataset.draft!, { method: 'POST', body, redirect: 'error', keepalive });
      if (!answer.ok) throw new Error(answer.statusText);
      state.textContent = await answer.text();
      state.removeAttribute('role');
    } catch {
      // What did not arrive is sent again with the next change; only a failure is spoken aloud.
      kept = before;
      state.role = 'alert';
      state.textContent = state.dataset.failed!;
    }
  };

  // What is sent as a page goes away is the browser's to deliver: nobody waits for its answer.
  const leave = () => {
    clearTimeout(timer);
    const body = typed(form);
    if (!sent && body.toString() !== kept && navigator.sendBeacon(form.dataset.draft!, body)) kept = body.toString();
  };

  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), PAUSE_MS);
  });
  form.addEventListener('submit', () => (sent = true));
  document.addEventListener('visibilitychange', () => document.hidden && leave());
  addEventListener('pagehide', leave);
  addEventListener('pageshow', () => (sent = false));
}

/** The form as a browser would send it, without its files: they are not typed. */
function typed(form: HTMLFormElement): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value);
  return fields;
}
