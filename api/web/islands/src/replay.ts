// The replay page: a player over a track of steps, the diagram above, the list of steps beside.
import { Stage } from './diagram/stage';
import { pageData } from './page-data';
import { Track, type Data } from './replay/track';

const data = pageData<Data>('replay-data');
const find = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector)!;
const stage = new Stage(find('#stage'));
const slider = find<HTMLInputElement>('#scrub');
const play = find<HTMLButtonElement>('[data-go="play"]');
const speed = find<HTMLSelectElement>('#speed');
const scene = document.querySelector<HTMLSelectElement>('#scene');
const buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-step]')];

let track = new Track(data.steps);
let index = -1;
let playing = false;

/** Show step `to` as it stood right after it. */
async function show(to: number): Promise<void> {
  const step = track.at(to);
  if (!step) return;
  index = to;
  for (const button of buttons) {
    if (Number(button.dataset.step) === to) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  }
  const button = buttons.find((candidate) => Number(candidate.dataset.step) === to);
  if (button) bringIntoList(button);
  find('#now').replaceChildren(...[...(button?.children ?? [])].map((part) => part.cloneNode(true)));
  const place = track.indexes.indexOf(to);
  slider.value = String(place);
  slider.ariaValueText = `${place + 1}/${track.indexes.length} ${button?.querySelector('.what')?.textContent ?? ''}`;
  find('#place').textContent = `${place + 1} / ${track.indexes.length}`;
  const sheet = await stage.show(data.addresses[step.scene]!);
  if (index !== to || !sheet) return;
  sheet.mark(track.marksAt(to));
  if (step.element) sheet.reveal(step.element);
}

/** Scroll the list, never the page, until a step is in it. */
function bringIntoList(button: HTMLElement): void {
  const list = button.closest<HTMLElement>('.steps')!;
  const [top, bottom] = [button.offsetTop - list.offsetTop, button.offsetTop - list.offsetTop + button.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top - button.offsetHeight;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight + button.offsetHeight;
}

/** Move on one step with the token travelling; answers whether there was one. */
async function advance(): Promise<boolean> {
  const next = track.after(index);
  if (next === null) return false;
  const [from, step] = [index, track.at(next)!];
  if (step.flow) await (await stage.show(data.addresses[step.scene]!))?.travel(step.flow);
  if (index === from) await show(next);
  return true;
}

function setPlaying(on: boolean): void {
  playing = on;
  play.textContent = on ? play.dataset.pause! : play.dataset.play!;
  play.setAttribute('aria-pressed', String(on));
}

async function run(): Promise<void> {
  if (track.after(index) === null) await show(track.indexes[0] ?? -1);
  setPlaying(true);
  while (playing && (await advance())) await new Promise((rest) => setTimeout(rest, Number(speed.value)));
  setPlaying(false);
}

const go: Record<string, () => void> = {
  first: () => void show(track.indexes[0] ?? -1),
  back: () => void show(track.before(index) ?? index),
  play: () => (playing ? setPlaying(false) : void run()),
  next: () => void show(track.after(index) ?? index),
  last: () => void show(track.indexes.at(-1) ?? -1),
};
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-go]')) {
  button.addEventListener('click', () => {
    if (button !== play) setPlaying(false);
    go[button.dataset.go!]!();
  });
}
for (const button of buttons) {
  button.addEventListener('click', () => {
    setPlaying(false);
    void show(Number(button.dataset.step));
  });
}
slider.addEventListener('input', () => {
  setPlaying(false);
  void show(track.indexes[Number(slider.value)] ?? -1);
});
scene?.addEventListener('change', () => {
  setPlaying(false);
  track = track.of(scene.value || null);
  const kept = new Set(track.indexes);
  for (const button of buttons) button.parentElement!.hidden = !kept.has(Number(button.dataset.step));
  slider.max = String(Math.max(0, track.indexes.length - 1));
  void show(track.indexes.at(-1) ?? -1);
});
void show(track.indexes.at(-1) ?? -1);
