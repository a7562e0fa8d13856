/** Two soft tones, made on the spot: no file is fetched, and a browser that has heard nothing from its user yet stays silent. */
let context: AudioContext | undefined;

export function chime(): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  void context.resume();
  tone(context, 660, 0);
  tone(context, 880, 0.16);
}

function tone(context: AudioContext, pitch: number, after: number): void {
  const begins = context.currentTime + after;
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = pitch;
  gain.gain.setValueAtTime(0, begins);
  gain.gain.linearRampToValueAtTime(0.08, begins + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, begins + 0.3);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begins);
  oscillator.stop(begins + 0.32);
}
