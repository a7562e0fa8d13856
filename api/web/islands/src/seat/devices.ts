// Volume, microphone and loudspeaker, remembered on this computer.
const KEY = 'bihuan-seat-';
const volume = document.querySelector<HTMLInputElement>('#soft-volume')!;
const microphone = document.querySelector<HTMLSelectElement>('#soft-microphone')!;
const speaker = document.querySelector<HTMLSelectElement>('#soft-speaker')!;

/** What to ask the browser for: the remembered microphone although it may not be listed yet; without it any other, for a call goes first. */
export function wanted(): MediaStreamConstraints {
  return { audio: chosen(microphone) ? { deviceId: { ideal: chosen(microphone) } } : true, video: false };
}

/** What to ask for in mid-call: this microphone and no other, so that it shows when there is none. */
export function another(): MediaStreamConstraints {
  return { audio: microphone.value ? { deviceId: { exact: microphone.value } } : true, video: false };
}

/** Let the choices act on where the call is heard; `changed` takes another microphone, and fails where it may not. Answers how to list
 * the devices again: a browser names none before it was allowed to use one. */
export function offer(sound: HTMLAudioElement, changed: () => Promise<void>, other: string): () => Promise<void> {
  const apply = () => {
    sound.volume = Number(volume.value);
    if (speaker.value && 'setSinkId' in sound) void sound.setSinkId(speaker.value).catch(() => (speaker.value = ''));
  };
  for (const control of [volume, speaker]) {
    control.addEventListener('input', () => {
      keep(control);
      apply();
    });
  }
  let used = '';
  microphone.addEventListener('input', () => {
    changed().then(
      () => (used = microphone.value),
      () => (microphone.value = used),
    ).finally(() => keep(microphone));
  });
  volume.value = localStorage.getItem(KEY + volume.id) ?? '1';
  const list = async () => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    fill(microphone, devices, 'audioinput', other);
    fill(speaker, devices, 'audiooutput', other);
    used = microphone.value;
    apply();
  };
  navigator.mediaDevices.addEventListener('devicechange', () => void list());
  void list();
  return list;
}

function keep(control: HTMLInputElement | HTMLSelectElement): void {
  localStorage.setItem(KEY + control.id, control.value);
}

function chosen(select: HTMLSelectElement): string {
  return select.value || (localStorage.getItem(KEY + select.id) ?? '');
}

function fill(select: HTMLSelectElement, devices: MediaDeviceInfo[], kind: MediaDeviceKind, other: string): void {
  const before = chosen(select);
  while (select.options.length > 1) select.remove(1);
  devices
    .filter((one) => one.kind === kind && one.deviceId && one.deviceId !== 'default')
    .forEach((one, at) => select.add(new Option(one.label || other.replace('{n}', String(at + 1)), one.deviceId)));
  select.value = [...select.options].some((option) => option.value === before) ? before : '';
}
