// The bell, made on the spot: no file is fetched. A browser that has heard nothing from its user yet stays silent.
const RING_MS = 3000;
let context: AudioContext | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

export function ring(): void {
  quiet();
  context ??= new AudioContext();
  void context.resume();
  burst(context);
  timer = setInterval(() => burst(context!), RING_MS);
}

export function quiet(): void {
  clearInterval(timer);
  timer = undefined;
}

function burst(context: AudioContext): void {
  const begins = context.currentTime;
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = 450;
  gain.gain.setValueAtTime(0.12, begins);
  gain.gain.setValueAtTime(0, begins + 1);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begins);
  oscillator.stop(begins + 1);
}
