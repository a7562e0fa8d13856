// The window of one's own seat: follows the seat and its call by pushes, counts the seconds, opens forms in the main window,
// and becomes a telephone when the seat's telephone is this browser.
import type { Softphone } from './seat/softphone';
import { listen } from './pushes';
import { followMainLinks, openInMain } from './seat/main-window';
import { countSeconds } from './seat/seconds';

const EVENTS = '/api/v1/events';
const AUTO = 'bihuan-seat-auto-form';
/** A refused stream is tried again after so long at most: a call may ring meanwhile. */
const MOST_MS = 6000;
/** The panel is looked at so often whatever is pushed, also by a window that nobody sees, so that the session stays with the seat. */
const LOOK_MS = 60_000;
/** After something was asked of the exchange its answer is looked for at these moments. */
const LOOK_AGAIN_MS = [500, 1500, 4000];
/** How often the form's task is looked for after a call was answered, before a new case is opened instead. */
const TRIES = 5;
const TRY_MS = 400;

const seat = (): HTMLElement => document.getElementById('seat')!;
const auto = document.querySelector<HTMLInputElement>('#auto-form')!;
let softphone: Promise<Softphone> | undefined;
let opened = '';
let shown = seat().dataset.call;
let tries = 0;

function look(): void {
  seat().dispatchEvent(new CustomEvent('refresh'));
  document.getElementById('waiting')?.dispatchEvent(new CustomEvent('refresh'));
}

/** Whatever the page shows now: be the telephone or not, open the form or not; what was refused in another call is no longer said. */
function follow(): void {
  const { softphone: browser, call, callState, form, opens, task, state } = seat().dataset;
  if (call !== shown) {
    document.getElementById('notices')!.replaceChildren();
    tries = 0;
  }
  shown = call;
  document.getElementById('waiting')!.hidden = state === 'offline';
  if (browser) softphone ??= import('./seat/softphone').then(({ Softphone }) => new Softphone());
  void softphone?.then((phone) => (browser ? phone.start() : phone.stop()));
  if (!call || opens === undefined || callState !== 'talking' || call === opened || !auto.checked) return;
  if (!task && tries < TRIES) {
    tries += 1;
    setTimeout(look, TRY_MS);
    return;
  }
  opened = call;
  tries = 0;
  openInMain(form!);
}

// What moved between the page's rendering and the stream's opening, or while the line was cut, was pushed to nobody.
const stop = listen(EVENTS, { heard: { open: look, seat: look, reset: look }, again: look, most: MOST_MS });
addEventListener('pagehide', stop);
setInterval(() => seat().dataset.state !== 'offline' && look(), LOOK_MS);
// Somebody has logged in again in another tab: the window goes on, with the tokens of the new session.
document.addEventListener('htmx:after:request', (event) => {
  const over = document.getElementById('session-over');
  if (!over || (event.detail.ctx.response?.status ?? 0) >= 400) return;
  over.remove();
  look();
});

// What was unfolded stays so: the server does not know of it.
let unfolded: string[] = [];
document.addEventListener('htmx:before:swap', () => {
  unfolded = [...seat().querySelectorAll('details[open]')].map((part) => part.id);
});
document.addEventListener('htmx:after:swap', () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '');
  follow();
});
document.addEventListener('click', (event) => {
  if (!(event.target as Element).closest('[data-deed]')) return;
  for (const wait of LOOK_AGAIN_MS) setTimeout(look, wait);
});
auto.checked = localStorage.getItem(AUTO) !== 'no';
auto.addEventListener('change', () => localStorage.setItem(AUTO, auto.checked ? 'yes' : 'no'));
// What was being talked about when the window was opened has its form already.
if (seat().dataset.callState === 'talking') opened = seat().dataset.call ?? '';
followMainLinks();
countSeconds();
follow();
